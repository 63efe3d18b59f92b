import { parsePhone } from '../../domain/auth/phone.ts'
import { sendEmailCode, verifyEmail, type EmailWish } from '../../domain/login-email/verify.ts'
import type { CallContext, Handlers } from '../../rpc/handlers.ts'
import { limit, limitAddress, limitMailTo, RATES } from '../../rpc/limits.ts'
import { tl } from '../../tl/factories.ts'
import { rpcError } from '../../tl/rpc-error.ts'
import type * as T from '../../tl/schema.d.ts'
import { sentCode } from './sent-code.ts'

/** Addresses that are verified: for login codes, and for a passport. */
export const emails = {
  'account.sendVerifyEmailCode': async (ctx, req) => {
    const wish = wishOf(ctx, req.purpose)
    await limitAddress(ctx, RATES.codesPerAddress, ctx.call.ip)
    await limit(ctx, RATES.verifiedEmails, 'name' in wish ? wish.name.phone : String(wish.by.userId))
    await limitMailTo(ctx, req.email)
    const { pattern, length } = await sendEmailCode(ctx, wish, req.email)
    return tl['account.sentEmailCode']({ emailPattern: pattern, length })
  },

  'account.verifyEmail': async (ctx, req) => {
    const wish = wishOf(ctx, req.purpose)
    const { verification } = req
    // Nobody is known here by an account with another company.
    if (verification._ !== 'emailVerificationCode') throw rpcError('EMAIL_NOT_ALLOWED')
    const { email, sent } = await verifyEmail(ctx, wish, verification.code)
    if (!sent) return tl['account.emailVerified']({ email })
    return tl['account.emailVerifiedLogin']({ email, sentCode: sentCode(sent) })
  },
} satisfies Partial<Handlers>

function wishOf(ctx: CallContext, purpose: T.EmailVerifyPurpose): EmailWish {
  switch (purpose._) {
    case 'emailVerifyPurposeLoginSetup': {
      const phone = parsePhone(purpose.phoneNumber)
      return {
        purpose: 'login_setup',
        name: { phone, keyId: ctx.call.keyId, codeHash: purpose.phoneCodeHash },
      }
    }
    case 'emailVerifyPurposeLoginChange':
      return { purpose: 'login_change', by: ctx.actor }
    case 'emailVerifyPurposePassport':
      return { purpose: 'passport', by: ctx.actor }
  }
}
