// How a failure of tsemu's own is told: a line, and where something can be done about it another one with a hint.
const RED = '\x1b[31m', CYAN = '\x1b[36m', PLAIN = '\x1b[0m';

export function failureText(command: string, message: string, hint: string | undefined, coloured: boolean): string {
  const [bad, good, plain] = coloured ? [RED, CYAN, PLAIN] : ['', '', ''];
  return `${bad}${command}:${plain} ${message}\n${hint === undefined ? '' : `  ${good}hint:${plain} ${hint}\n`}`;
}
