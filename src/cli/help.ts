import { CommandError, print, type Command } from './command.ts'

/** `chappe help`: lists the commands, or says how to use one. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    summary: 'list the commands, or say how to use one',
    usage: 'chappe help [COMMAND]',
    run([name]) {
      const command = commands().find((each) => each.name === name)
      if (name !== undefined && !command) throw new CommandError(`there is no command ${name}`)
      print(command ? command.usage : overview(commands()))
      return Promise.resolve()
    },
  }
}

function overview(commands: readonly Command[]): string {
  const lines = commands.map((each) => `  ${each.name.padEnd(10)}${each.summary}`)
  return `chappe COMMAND [OPTIONS]\n\n${lines.join('\n')}\n\n\`chappe help COMMAND\` says more.`
}
