"""The least there is: one pooled aiohttp session, all members of a round at once, a barrier after each round."""

from __future__ import annotations

import asyncio

import aiohttp
from work import Work


async def main(work: Work) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def call(text: str) -> str:
            body = {"model": "x", "messages": [{"role": "user", "content": text}]}
            async with session.post(f"{work.base_url}/chat/completions", json=body) as response:
                return (await response.json())["choices"][0]["message"]["content"]

        await call("Hello.")
        with work.clock():
            for _ in range(work.rounds):
                for member, words in enumerate(await asyncio.gather(*map(call, work.questions()))):
                    work.say(member, words)


if __name__ == "__main__":
    work = Work()
    asyncio.run(main(work))
    work.report()
