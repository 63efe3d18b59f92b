import { adapt } from './adapt.ts'
import { app } from './app.ts'
import { code } from './code.ts'
import type { Command } from './command.ts'
import { connect } from './connect.ts'
import { helpCommand } from './help.ts'
import { sessions } from './sessions.ts'
import { start } from './start.ts'
import { terms } from './terms.ts'
import { user } from './user.ts'

/** Every command of `chappe`, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  start,
  app,
  user,
  code,
  sessions,
  terms,
  connect,
  adapt,
  helpCommand(() => COMMANDS),
]
