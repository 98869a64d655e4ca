// The script that Node is started with in the single file, and in each of its Workers: runs the bundle that is in memory, from
// its bytecode. The counterpart of src/boot.ts, which reads files.
import { Script } from 'node:vm';
import { CONTENTS, type Embedded } from './embedded.ts';

type Koffi = { view(address: bigint, bytes: number): ArrayBuffer };

// Any path would do: the linker in the file knows the last name alone.
const addon = { exports: {} };
process.dlopen(addon, '/koffi.node');
const koffi = addon.exports as Koffi;

const view = (address: number, bytes: number): Buffer => Buffer.from(koffi.view(BigInt(address), bytes));
const word = (from: Buffer, at: number): number => Number(from.readBigUInt64LE(at));

/** struct contents: its options and its parts. */
const OPTIONS = 6, PARTS = OPTIONS + 32;

/** The parts of the file by name. */
function readParts(): Map<string, Buffer> {
  const count = word(view(CONTENTS + PARTS * 8, 8), 0);
  const table = view(CONTENTS + (PARTS + 1) * 8, count * 24);
  return new Map(Array.from({ length: count }, (_, i) => {
    const name = view(word(table, i * 24), 64);
    return [name.toString('latin1', 0, name.indexOf(0)), view(word(table, i * 24 + 8), word(table, i * 24 + 16))];
  }));
}

const parts = readParts();
const inWorker = process.argv[2] === '--thread';
/** Which bundle: a guest's, or that of the command tsemu. */
const name = inWorker ? process.argv[3]! : process.argv[1]!.startsWith('tsemu-') ? process.argv[1]!.slice('tsemu-'.length) : 'tool';

/** put_facts of start.c. */
function readFacts(text: string): NonNullable<Embedded['start']> {
  const [stack, execfd, flags, secure, vdso, blocked, ignored, ...open] = text.split(' ').map(Number);
  return { stack: stack!, execfd: execfd === 0 ? null : execfd! - 1, flags: flags!, secure: secure !== 0, vdso: vdso!, blocked: blocked! | 0, ignored: ignored! | 0, inherited: new Set([0, 1, 2, ...open]) };
}

const embedded: Embedded = { koffi, view, boot: parts.get('boot')!.toString('latin1'), ...(inWorker ? {} : { start: readFacts(process.argv[2]!) }) };
Object.defineProperty(globalThis, 'tsemu', { value: embedded });
if (!inWorker) process.argv.splice(1, Infinity, 'tsemu', name);

const source = parts.get(`${name}.cjs`);
if (source === undefined) {
  process.stderr.write(`tsemu: ${name}: no such guest in this file\n`);
  process.exit(1);
}
const cachedData = parts.get(`${name}.cache`);
const text = `(function (exports, require, module, __filename, __dirname) {${source.toString('latin1')}\n})`;
const script = new Script(text, { filename: `/${name}.cjs`, ...(cachedData ? { cachedData } : {}) });
const bundle = { exports: {} };
(script.runInThisContext() as (...args: unknown[]) => void)(bundle.exports, require, bundle, `/${name}.cjs`, '/');
