// The command tsemu: what concerns the machine and not one program. The bundle dist/tool.cjs starts here.
import * as os from 'node:os';
import yargs, { type Argv } from 'yargs';
import { fromBytes } from '../cli/raw.ts';
import { readLaunch } from '../cli/launch.ts';
import { guests } from '../guests/index.ts';
import { embedded } from '../single/embedded.ts';
import { VERSION } from '../version.ts';
import { print, register, status, unregister, type Request } from './binfmt.ts';
import { examine, report, thisMachine } from './doctor.ts';
import { ToolError } from './registry.ts';
import { writeSingleFile } from './single-file.ts';

const EXIT_FAILURE = 1, EXIT_NOT_REGISTERED = 3;

/** Where the single file is unless somebody says otherwise: where this is, if it is in one. */
function usualFolder(): string {
  return embedded ? process.execPath.replace(/\/[^/]*$/, '') : '/usr/local/lib/tsemu';
}

function versionText(): string {
  const calls = guests.map(({ name, syscalls }) => `${name} ${Object.keys(syscalls).length}`).join(', ');
  return [
    `tsemu ${VERSION}`, `engine: V8 ${process.versions.v8}, Node ${process.versions.node}`,
    `kernel interface: Linux (system calls: ${calls}), on this machine's Linux ${os.release()}`,
  ].join('\n');
}

type Given = Readonly<Record<string, unknown>>;

const requestOf = (given: Given): Request => ({
  guests: (given['guest'] as string[] | undefined) ?? [], all: given['all'] === true, replace: given['replace'] === true,
  from: String(given['from']).replace(/(?<=.)\/+$/, ''),
  flags: {
    preserveArgv0: given['preserve-argv0'] !== false, openBinary: given['open-binary'] !== false,
    credentials: given['credentials'] === true, fixBinary: given['fix-binary'] !== false,
  },
});

const chosen = (parser: Argv): Argv => parser
  .positional('guest', { describe: guests.map(({ name }) => name).join(', '), type: 'string', array: true })
  .option('all', { describe: 'every guest', type: 'boolean' });

const flagged = (parser: Argv): Argv => chosen(parser)
  .option('from', { describe: 'the folder with the single file under the names tsemu-GUEST', type: 'string', requiresArg: true, default: usualFolder() })
  .option('preserve-argv0', { describe: 'flag P: programs keep argv[0]', type: 'boolean', default: true })
  .option('open-binary', { describe: 'flag O: the kernel opens the program, which may be unreadable', type: 'boolean', default: true })
  .option('credentials', { describe: 'flag C: set-uid programs get their rights', type: 'boolean', default: false })
  .option('fix-binary', { describe: 'flag F: the single file is opened now, so that chroots and containers need none', type: 'boolean', default: true });

/** Runs the command line; answers the exit status. `say` gets what it prints. */
async function tool(args: readonly string[], say: (text: string) => void): Promise<number> {
  let exit = 0;
  const parser: Argv = yargs()
    .scriptName('tsemu').usage('Usage: $0 <command>')
    .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false, 'parse-numbers': false })
    .help('help').alias('help', 'h').version(versionText()).wrap(null).exitProcess(false).strict().showHelpOnFail(false)
    .fail((message, error) => { throw error ?? new ToolError(message.replaceAll('\n', ' ')); })
    .demandCommand(1, 1, 'which command? tsemu --help lists them', 'only one command')
    .command('binfmt', 'have the kernel start guests\' programs by itself', (y: Argv) => y
      .command('register [guest...]', 'register guests', (r: Argv) => flagged(r).option('replace', { describe: 'disable what others have registered', type: 'boolean' }), (given) => say(register(requestOf(given))))
      .command('unregister [guest...]', 'take that back', chosen, (given) => say(unregister(requestOf(given))))
      .command('status [guest...]', 'tell what is registered', chosen, (given) => {
        const { text, registered } = status(requestOf(given));
        say(text);
        if (!registered) exit = EXIT_NOT_REGISTERED;
      })
      .command('print [guest...]', 'print the lines for /etc/binfmt.d', flagged, (given) => say(print(requestOf(given))))
      .demandCommand(1, 'register, unregister, status or print?'))
    .command('doctor', 'look at the machine, and say what to do', (y: Argv) => y, () => {
      const findings = examine(thisMachine(() => require('../host/native.ts') as typeof import('../host/native.ts')));
      say(report(findings));
      if (findings.some(({ verdict }) => verdict === 'bad')) exit = EXIT_FAILURE;
    })
    .command('single-file [folder]', 'write the emulator as one file that starts without any others', (y: Argv) =>
      y.positional('folder', { type: 'string', default: usualFolder() }), (given) => say(writeSingleFile(String(given['folder']))));
  try {
    await parser.parseAsync(args.map(fromBytes), {}, (error: Error | undefined, _: unknown, output: string) => { if (output !== '') say(output); });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (!(error instanceof ToolError) && error.name !== 'YError') throw error;
    process.stderr.write(`tsemu: ${error.message}\n`);
    return EXIT_FAILURE;
  }
  return exit;
}

void tool(readLaunch().args, (text) => process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)).then((status) => { process.exitCode = status; });
