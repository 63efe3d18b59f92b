import { resolveUser } from '../../domain/peers/resolve.ts'
import { reportSecretChat } from '../../domain/reports/reports.ts'
import { resolveSecretChat, secretChatFor } from '../../domain/secret/access.ts'
import { acceptChat, discardChat, requestChat } from '../../domain/secret/chats.ts'
import { dhConfig } from '../../domain/secret/dh.ts'
import { storeSecretFile } from '../../domain/secret/files.ts'
import { readSecretHistory, receiveQueue, setSecretTyping } from '../../domain/secret/receive.ts'
import { sendSecret, sendSecretFile } from '../../domain/secret/send.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { limit, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'

/** Secret chats, which the server cannot read. https://core.telegram.org/api/end-to-end */
export const secret = {
  'messages.getDhConfig': (ctx, req) => {
    const { version, prime, generator, random } = dhConfig(ctx, req.randomLength)
    return Promise.resolve(
      req.version === version
        ? tl['messages.dhConfigNotModified']({ random })
        : tl['messages.dhConfig']({ g: generator, p: prime, version, random }),
    )
  },

  'messages.requestEncryption': async (ctx, req) => {
    const userId = await resolveUser(ctx, ctx.actor, req.userId)
    const chat = await requestChat(ctx, ctx.actor, { userId, id: req.randomId, gA: req.gA })
    return secretChatFor(ctx, ctx.actor.userId, chat)
  },

  'messages.acceptEncryption': async (ctx, req) => {
    const asked = await resolveSecretChat(ctx, ctx.actor, req.peer)
    const key = { gB: req.gB, fingerprint: req.keyFingerprint }
    return secretChatFor(ctx, ctx.actor.userId, await acceptChat(ctx, ctx.actor, asked, key))
  },

  'messages.discardEncryption': async (ctx, req) => {
    await discardChat(ctx, ctx.actor, { id: req.chatId, isHistoryGone: req.deleteHistory })
    return true
  },

  'messages.setEncryptedTyping': async (ctx, req) => {
    const chat = await resolveSecretChat(ctx, ctx.actor, req.peer)
    await setSecretTyping(ctx, ctx.actor, chat, req.typing)
    return true
  },

  'messages.readEncryptedHistory': async (ctx, req) => {
    const chat = await resolveSecretChat(ctx, ctx.actor, req.peer)
    await readSecretHistory(ctx, ctx.actor, chat, req.maxDate)
    return true
  },

  'messages.sendEncrypted': async (ctx, req) => {
    const chat = await resolveSecretChat(ctx, ctx.actor, req.peer)
    const { randomId, data } = req
    const date = await sendSecret(ctx, ctx.actor, chat, { randomId, data, isService: false })
    return tl['messages.sentEncryptedMessage']({ date })
  },

  'messages.sendEncryptedService': async (ctx, req) => {
    const chat = await resolveSecretChat(ctx, ctx.actor, req.peer)
    const { randomId, data } = req
    const date = await sendSecret(ctx, ctx.actor, chat, { randomId, data, isService: true })
    return tl['messages.sentEncryptedMessage']({ date })
  },

  'messages.sendEncryptedFile': async (ctx, req) => {
    const chat = await resolveSecretChat(ctx, ctx.actor, req.peer)
    const { randomId, data, file: input } = req
    const { date, file } = await sendSecretFile(ctx, ctx.actor, chat, { randomId, data, file: input })
    return tl['messages.sentEncryptedFile']({ date, file })
  },

  'messages.uploadEncryptedFile': async (ctx, req) => {
    const chat = await resolveSecretChat(ctx, ctx.actor, req.peer)
    return await storeSecretFile(ctx, ctx.actor, chat, req.file)
  },

  'messages.receivedQueue': async (ctx, req) => await receiveQueue(ctx, ctx.actor, req.maxQts),

  'messages.reportEncryptedSpam': async (ctx, req) => {
    const chat = await resolveSecretChat(ctx, ctx.actor, req.peer)
    await limit(ctx, RATES.reports, String(ctx.actor.userId))
    await reportSecretChat(
      ctx,
      ctx.actor,
      chat.adminId === ctx.actor.userId ? chat.participantId : chat.adminId,
    )
    return true
  },
} satisfies Partial<Handlers>
