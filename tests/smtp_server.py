"""A real SMTP server for the tests: takes letters, refuses them, is silent, hangs up.

Prints one JSON object a line: first {"port": …}, then what happens. What a letter says is told by Python's own email package, so that
charsets and structure are judged by something that Otklik did not write. Reads modes from standard input, one a line:

    accept              take everything
    refuse ADDRESS      550 for that recipient, take everything else
    later               451 for every letter
    stall               read the letter and never answer
    drop                read the letter and hang up
"""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


def tell(**event):
    sys.stdout.write(json.dumps(event, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def part(of):
    return {
        "type": of.get_content_type(),
        "charset": of.get_content_charset(),
        "defects": [str(defect) for defect in of.defects],
        "text": of.get_content().replace("\r\n", "\n"),
    }


def letter(envelope):
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    return {
        "mail_from": envelope.mail_from,
        "rcpt_tos": envelope.rcpt_tos,
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "header_count": len(message.items()),
        "date": message["date"].datetime.isoformat(),
        "from": [message["from"].addresses[0].display_name, message["from"].addresses[0].addr_spec],
        "to": [message["to"].addresses[0].display_name, message["to"].addresses[0].addr_spec],
        "type": message.get_content_type(),
        "defects": [str(defect) for defect in message.defects],
        "parts": [part(each) for each in message.iter_parts()],
        "raw": envelope.content.decode("utf-8", "replace"),
    }


class Handler:
    mode = "accept"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == f"refuse {address}":
            tell(event="refused", address=address)
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        told = letter(envelope)
        mode = self.mode
        if mode == "later":
            tell(event="later", letter=told)
            return "451 4.3.0 try again later"
        if mode == "stall":
            tell(event="stall", letter=told)
            await asyncio.sleep(3600)
        if mode == "drop":
            tell(event="drop", letter=told)
            server.transport.abort()
            return "421 never heard"
        tell(event="accepted", letter=told)
        return "250 OK"


async def main():
    handler = Handler()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), host="127.0.0.1", port=0)
    tell(port=server.sockets[0].getsockname()[1])
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        handler.mode = line.strip()
        tell(event="mode", mode=handler.mode)


if __name__ == "__main__":
    asyncio.run(main())
