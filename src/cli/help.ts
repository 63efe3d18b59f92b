import { CommandError, print, type Command, type CommandEntry } from './command.ts'

/** `chappe help`: lists the commands, or says how to use one. */
export function helpCommand(commands: readonly CommandEntry[]): Command {
  return {
    usage: 'chappe help [COMMAND]',
    async run([name]) {
      const command = commands.find((each) => each.name === name)
      if (name !== undefined && !command) throw new CommandError(`there is no command ${name}`)
      print(command ? (await command.load()).usage : overview(commands))
    },
  }
}

function overview(commands: readonly CommandEntry[]): string {
  const lines = commands.map((each) => `  ${each.name.padEnd(10)}${each.summary}`)
  return `chappe COMMAND [OPTIONS]\n\n${lines.join('\n')}\n\n\`chappe help COMMAND\` says more.`
}
