"""litellm alone: `acompletion` for all members of a round at once, a barrier after each round."""

from __future__ import annotations

import asyncio

import litellm
from work import Work


async def main(work: Work) -> None:
    async def call(text: str) -> str:
        response = await litellm.acompletion(
            model="openai/x", api_base=work.base_url, api_key="none", max_retries=0,
            messages=[{"role": "user", "content": text}],
        )  # fmt: skip
        return response.choices[0].message.content

    await call("Hello.")
    with work.clock():
        for _ in range(work.rounds):
            for member, words in enumerate(await asyncio.gather(*map(call, work.questions()))):
                work.say(member, words)


if __name__ == "__main__":
    work = Work()
    asyncio.run(main(work))
    work.report()
