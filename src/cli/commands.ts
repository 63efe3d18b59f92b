import type { CommandEntry } from './command.ts'
import { helpCommand } from './help.ts'

/**
 * Every command of `chappe`, in the order in which help lists them. What one does is loaded when it is typed: most need
 * little of the server.
 */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'start', summary: 'start the server', load: async () => (await import('./start.ts')).start },
  {
    name: 'app',
    summary: 'register the apps that may connect',
    load: async () => (await import('./app.ts')).app,
  },
  {
    name: 'user',
    summary: 'create, move or list accounts',
    load: async () => (await import('./user.ts')).user,
  },
  {
    name: 'code',
    summary: 'show the login code of a phone number',
    load: async () => (await import('./code.ts')).code,
  },
  {
    name: 'sessions',
    summary: 'show where somebody is logged in',
    load: async () => (await import('./sessions.ts')).sessions,
  },
  {
    name: 'terms',
    summary: 'set or show the terms of service',
    load: async () => (await import('./terms.ts')).terms,
  },
  {
    name: 'connect',
    summary: 'print how to point a client at this server',
    load: async () => (await import('./connect.ts')).connect,
  },
  {
    name: 'adapt',
    summary: "rewrite a client's binary to look for this server",
    load: async () => (await import('./adapt.ts')).adapt,
  },
  {
    name: 'help',
    summary: 'list the commands, or say how to use one',
    load: () => Promise.resolve(helpCommand(COMMANDS)),
  },
]
