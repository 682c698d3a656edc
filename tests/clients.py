"""Independent clients against the made-up networks: whether those answer as the true ones do is judged by programs that Otklik did not
write.

    clients.py vk       BASE TOKEN GROUP POST COMMENT PERSON     vk_api
    clients.py telegram BASE TOKEN CHAT COMMENT                  aiogram
    clients.py max      BASE TOKEN CHANNEL POST COMMENT PERSON   maxapi

BASE is what Networks::base gives; TOKEN and the account are the page's; POST, COMMENT and PERSON are keys and an id from the same page.
PERSON must have written to the page. Prints one JSON object: what the client got, after its own parsing.
"""

import asyncio
import importlib.metadata
import json
import sys


def vk(base, token, group, post, comment, person):
    import requests
    import vk_api

    class Elsewhere(requests.adapters.HTTPAdapter):
        """The library knows one address only."""

        def send(self, request, **options):
            request.url = request.url.replace("https://api.vk.ru", base)
            return super().send(request, **options)

    session = vk_api.VkApi(token=token, api_version="5.199")
    session.http.mount("https://api.vk.ru", Elsewhere())
    api = session.get_api()

    def error(method, **values):
        try:
            return {"unexpected": session.method(method, values)}
        except vk_api.exceptions.ApiError as refused:
            return refused.code

    reply = dict(owner_id=-int(group), post_id=post, from_group=group, reply_to_comment=comment)
    return {
        "client": version("vk_api"),
        "me": api.groups.getById(group_id=group, fields="members_count")["groups"][0],
        "author": api.users.get(user_ids=person)[0],
        "post": api.wall.getById(posts=f"-{group}_{post}")["items"][0]["text"],
        "sent": [api.wall.createComment(message="Сделано", guid="one", **reply)["comment_id"] for _ in range(2)]
        + [api.messages.send(peer_id=person, message="Сделано", random_id=7) for _ in range(2)],
        "errors": {
            "too long": error("messages.send", peer_id=person, message="я" * 9001, random_id=8),
            "not allowed": error("messages.send", peer_id=1, message="а", random_id=9),
            "not for groups": error("wall.getComments", owner_id=-int(group), post_id=post),
            "another group": error("wall.createComment", owner_id=-1, post_id=post, message="а"),
        },
    }


async def telegram(base, token, chat, comment):
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.exceptions import TelegramAPIError
    from aiogram.types import ReplyParameters

    async def error(call):
        try:
            return {"unexpected": str(await call)}
        except TelegramAPIError as refused:
            return type(refused).__name__

    async with Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(base))) as bot:
        updates = await bot.get_updates(timeout=10)
        # Nothing is left after the last; this one waits.
        offset = updates[-1].update_id + 1 if updates else None
        left = await bot.get_updates(offset=offset, timeout=1)
        me, there = await bot.get_me(), await bot.get_chat(chat)
        sent = await bot.send_message(chat, "Сделано", reply_parameters=ReplyParameters(message_id=int(comment)))
        pictures = [size for update in updates if update.message and update.message.photo for size in update.message.photo[-1:]]
        files = [len((await bot.download(picture)).read()) for picture in pictures]
        return {
            "client": version("aiogram"),
            "me": me.model_dump(mode="json", exclude_none=True),
            "chat": {"type": there.type, "linked": there.linked_chat_id, "members": await bot.get_chat_member_count(chat)},
            "sent": [sent.message_id],
            "answers": sent.reply_to_message.message_id,
            "thread": sent.message_thread_id,
            "updates": [json.loads(update.model_dump_json(exclude_none=True, exclude_unset=True)) for update in updates],
            "left": len(left),
            "files": files,
            "errors": {
                "too long": await error(bot.send_message(chat, "я" * 4097)),
                "stranger": await error(bot.send_message(1, "а")),
            },
        }


async def max_(base, token, channel, post, comment, person):
    from maxapi import Bot
    from maxapi.enums.message_link_type import MessageLinkType
    from maxapi.exceptions.max import MaxApiError
    from maxapi.types.message import NewMessageLink

    async def error(call):
        try:
            return {"unexpected": str(await call)}
        except MaxApiError as refused:
            return refused.code

    bot = Bot(token)
    bot.set_api_url(base)
    try:
        me, chat = await bot.get_me(), await bot.get_chat_by_id(int(channel))
        link = NewMessageLink(type=MessageLinkType.REPLY, mid=comment)
        answer = await bot.send_comment(post, text="Сделано", link=link)
        private = await bot.send_message(user_id=int(person), text="Сделано")
        comments = await bot.get_comments(post)
        await bot.subscribe_webhook("https://example.org/hook", secret="s3cret")
        subscriptions = await bot.get_subscriptions()
        return {
            "client": version("maxapi"),
            "me": {"user_id": me.user_id, "name": me.first_name, "is_bot": me.is_bot},
            "chat": {"type": chat.type, "title": chat.title, "participants": chat.participants_count},
            "sent": [answer.message.body.mid, private.message.body.mid],
            "answers": answer.message.link.message.mid,
            "comments": [
                {
                    "mid": one.body.mid,
                    "text": one.body.text,
                    "post": one.recipient.post_id,
                    "sender": one.sender and one.sender.full_name,
                }
                for one in comments.messages
            ],
            "subscriptions": [one.url for one in subscriptions.subscriptions],
            "errors": {
                # Texts that are too long the client refuses by itself.
                "no post": await error(bot.send_comment(comment, text="а")),
                "stranger": await error(bot.send_message(user_id=1, text="а")),
            },
        }
    finally:
        await bot.close_session()


def version(package):
    return f"{package} {importlib.metadata.version(package)}"


def main():
    network, *arguments = sys.argv[1:]
    if network == "vk":
        got = vk(*arguments)
    else:
        got = asyncio.run({"telegram": telegram, "max": max_}[network](*arguments))
    json.dump(got, sys.stdout, ensure_ascii=True)
    print()


if __name__ == "__main__":
    main()
