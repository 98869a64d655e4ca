// yargs: explains what is wrong with a command line and writes the help. Loaded only then, since it takes longer to load
// than most programs to run.
import yargs from 'yargs';
import { normalized, type Given } from './split.ts';
import { rows, takesValue } from './table.ts';
import { UsageError } from './values.ts';

/** Answers the text of -help or -version, or throws UsageError with what yargs finds wrong. */
export function explain(command: string, given: readonly Given[], version: string): string {
  const parser = yargs()
    .scriptName(command)
    .usage('Usage: $0 [options] program [arguments...]\n\nRuns a Linux program of another processor.')
    .epilogue('One dash or two. Every option has a twin in the environment, named in brackets, which is read first.')
    .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false, 'boolean-negation': false, 'parse-numbers': false, 'short-option-groups': false })
    .help('help').version(`${command} version ${version}`).wrap(null).exitProcess(false).strictOptions().showHelpOnFail(false)
    .fail((message, error) => { throw new UsageError((message || error?.message || 'cannot be understood').replaceAll('\n', ' ')); });
  for (const row of rows) {
    const value = takesValue(row);
    const describe = `${row.value === undefined ? '' : `${row.value}: `}${row.help} [TSEMU_${row.env}]`;
    parser.option(row.name, { describe, hidden: row.help === '', type: value ? 'string' : 'boolean', requiresArg: value });
  }
  let text = '';
  parser.parse(normalized(given), (_: unknown, __: unknown, output: string) => { text = output; });
  return text.replaceAll(/  +\[(string|boolean)\]$/gm, '');
}
