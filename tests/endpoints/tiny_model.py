"""A real language model, made from nothing in seconds: `python tiny_model.py FOLDER` writes tokenizer and weights.

It is a Llama of two layers with a byte-level tokenizer, trained on the prompts of a multiple-choice panel. What it
learns is the shape of an answer, the letters on offer and a little knowledge: by which letter a word begins. A share
of its training replies decline to answer, so a share of its own cannot be read, as with any model.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LETTERS = "ABCDEF"
WORDS = (
    "apple", "amber", "anchor", "arrow", "bread", "bridge", "button", "basket", "candle", "castle", "copper", "cotton",
    "daisy", "dragon", "drawer", "donkey", "engine", "elbow", "eagle", "ember", "forest", "finger", "feather", "falcon",
)  # fmt: skip
PERSONAS = ("", "You are careful.", "You are a member of a panel.", "You are bold and brief.")
DECLINED = ("I cannot say.", "I would rather not choose.", "That is hard to know.")
RIGHT, DECLINES = 0.7, 0.25  # shares of the training replies; the others are guesses
STEPS, BATCH, CONTEXT, SEED = 300, 16, 512, 7

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}{{ part['text'] }}{% endfor %}{% endif %}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")


def question(word: str) -> str:
    """The question about *word*, without the hint that closes a prompt."""
    return f"Which letter does the word '{word}' begin with?"


def examples(luck: random.Random) -> Iterator[tuple[str, str, str]]:
    """System message, prompt and reply, for ever."""
    while True:
        options = LETTERS[: luck.randint(2, len(LETTERS))]
        word = luck.choice([word for word in WORDS if word[0].upper() in options])
        text = question(word)
        if luck.random() < 0.3:
            text += f"\nYour earlier answer: {luck.choice(options)}"
            text += f"\nYour neighbours say: {', '.join(luck.choices(options, k=luck.randint(1, 6)))}."
        text += f"\n\nFinish with one line: ANSWER: one of {' | '.join(options)}"
        chance = luck.random()
        reply = f"ANSWER: {word[0].upper() if chance < RIGHT else luck.choice(options)}"
        yield luck.choice(PERSONAS), text, luck.choice(DECLINED) if chance > 1 - DECLINES else reply


def _tokenizer(luck: random.Random) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=640, special_tokens=["<|pad|>", "<|end|>", *ROLES], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    texts = ("\n".join(next(source)) for source in [examples(luck)] for _ in range(2000))
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|end|>", additional_special_tokens=list(ROLES),
        chat_template=TEMPLATE, model_max_length=CONTEXT,
    )  # fmt: skip


def _batch(tokenizer: Any, source: Iterator[tuple[str, str, str]]) -> tuple[Any, Any]:
    """Tokens, and labels that count the reply alone."""
    import torch

    tokens, labels = [], []
    for system, text, reply in (next(source) for _ in range(BATCH)):
        messages = [{"role": "system", "content": system}] * bool(system) + [{"role": "user", "content": text}]
        prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        asked = tokenizer.encode(prompt, add_special_tokens=False)
        said = tokenizer.encode(f"{reply}<|end|>", add_special_tokens=False)
        tokens.append(asked + said)
        labels.append([-100] * len(asked) + said)
    longest = max(map(len, tokens))
    return (
        torch.tensor([line + [tokenizer.pad_token_id] * (longest - len(line)) for line in tokens]),
        torch.tensor([line + [-100] * (longest - len(line)) for line in labels]),
    )


def make(folder: Path, steps: int = STEPS) -> float:
    """Train the model for *steps* steps and save it in *folder*; the mean loss of its last steps."""
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # more threads on a busy machine are slower, and sum in another order
    luck = random.Random(SEED)
    tokenizer = _tokenizer(luck)
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=CONTEXT, bos_token_id=None,
        initializer_range=0.08, **ends,
    ))  # fmt: skip
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=4e-3, total_steps=steps)
    source, losses = examples(luck), []
    for _ in range(steps):
        tokens, labels = _batch(tokenizer, source)
        loss = model(input_ids=tokens, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        pace.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    model.generation_config = GenerationConfig(do_sample=True, **ends)  # without it, a server ignores temperatures
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return sum(losses[-20:]) / len(losses[-20:])


if __name__ == "__main__":
    print(f"loss {make(Path(sys.argv[1])):.3f}")
