"""AgentScope: its OpenAI chat model, without streaming, for all members of a round at once."""

from __future__ import annotations

import asyncio

from agentscope.credential import OpenAICredential
from agentscope.message import UserMsg
from agentscope.model import OpenAIChatModel
from work import Work


async def main(work: Work) -> None:
    credential = OpenAICredential(api_key="none", base_url=work.base_url)
    model = OpenAIChatModel(credential, "x", stream=False, max_retries=0)

    async def call(text: str) -> str:
        response = await model([UserMsg("user", text)])
        return "".join(block.text for block in response.content)

    await call("Hello.")
    with work.clock():
        for _ in range(work.rounds):
            for member, words in enumerate(await asyncio.gather(*map(call, work.questions()))):
                work.say(member, words)


if __name__ == "__main__":
    work = Work()
    asyncio.run(main(work))
    work.report()
