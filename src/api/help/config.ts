import { loadUser } from '../../domain/accounts/users.ts'
import { appConfig } from '../../domain/config/app-config.ts'
import { serverConfig } from '../../domain/config/config.ts'
import { countriesList } from '../../domain/config/countries.ts'
import { timezonesList } from '../../domain/config/timezones.ts'
import { dcOf, nearestDc } from '../../domain/datacenters/datacenters.ts'
import { must } from '../../lib/assert.ts'
import { SERVICE_USER_ID } from '../../lib/ids.ts'
import type { Handlers } from '../../rpc/handlers.ts'
import { tl } from '../../tl/factories.ts'

/** What a client asks before it knows anything. https://core.telegram.org/api/config */
export const config = {
  'help.getConfig': (ctx) => Promise.resolve(serverConfig(ctx, ctx.call)),

  'help.getNearestDc': async (ctx) => {
    const thisDc = dcOf(ctx, ctx.call.dc)
    const { countryCode: country } = await ctx.geo.locate(ctx.call.ip)
    return tl.nearestDc({ country, thisDc, nearestDc: nearestDc(ctx, ctx.call.ip, thisDc) })
  },

  'help.getAppConfig': (_ctx, req) => Promise.resolve(appConfig(req.hash)),

  'help.getCountriesList': (_ctx, req) => Promise.resolve(countriesList(req.langCode, req.hash)),

  'help.getTimezonesList': async (ctx, req) => await timezonesList(ctx.clock.nowMs(), req.hash),

  'help.getInviteText': (ctx) => {
    const { host, port } = ctx.connections.publicAddress()
    const message = `Let us talk on Chappe: http://${host.includes(':') ? `[${host}]` : host}:${port}/`
    return Promise.resolve(tl['help.inviteText']({ message }))
  },

  'help.getSupport': async (ctx) => {
    const user = must(await loadUser(ctx, ctx.actor.userId, SERVICE_USER_ID), 'there is a service account')
    return tl['help.support']({ phoneNumber: (user._ === 'user' && user.phone) || '', user })
  },
} satisfies Partial<Handlers>
