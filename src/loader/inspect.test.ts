import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { E } from '../host/abi.ts';
import { LoadError } from './errors.ts';
import { guests } from '../guests/index.ts';
import { inspect, release, type Inspection } from './inspect.ts';

/** Where an ELF file of each class has its fields: of the header, and of a program header. */
const classes = {
  32: { phoff: 28, headers: 52, halves: [16, 18, 40, 42, 44], size: 32, offset: 4, fileSize: 16, fields: [0, 4, 8, 16, 20, 24, 28] },
  64: { phoff: 32, headers: 64, halves: [16, 18, 52, 54, 56], size: 56, offset: 8, fileSize: 32, fields: [0, 4, 8, 12, 16, 20, 32, 36, 40, 44, 48, 52] },
} as const;
/** Each guest's hello: its headers in the file, and where its text ends and its data lies. */
const programs = [
  { name: 'arm', count: 3, textEnd: 0x1c6, data: 0x111c8 }, { name: 'riscv64', count: 4, textEnd: 0x282, data: 0x11288 }, { name: 'riscv32', count: 4, textEnd: 0x202, data: 0x11204 },
];

let folder: string;
beforeAll(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tsemu-loader-')); });
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe.each(programs)('$name', ({ name: guestName, count, textEnd, data }) => {
  const guest = guests.find(({ name }) => name === guestName)!;
  const hello = fs.readFileSync(path.join(process.cwd(), 'tests/fixtures', guestName, 'hello'));
  const shape = classes[guest.elf.bits];
  /** The file offset of the n-th program header. */
  const header = (n: number): number => shape.headers + n * shape.size;

  function file(name: string, content: string | Uint8Array, mode = 0o755): string {
    const at = path.join(folder, name);
    fs.rmSync(at, { force: true });
    fs.writeFileSync(at, content, { mode });
    return at;
  }

  function run(at: string, argv: readonly string[] = [at], resolve: (p: string) => string | null = () => null): Inspection {
    const found = inspect({ path: at, argv, guest, resolve });
    release(found);
    return found;
  }

  const failure = (at: string): LoadError => {
    try { run(at); } catch (error) {
      if (error instanceof LoadError) return error;
      throw error;
    }
    throw new Error(`${at} was accepted`);
  };

  /** A program with the interpreter `name`: hello with its PT_GNU_STACK turned into a PT_INTERP. */
  function withInterpreter(name: string): Buffer {
    const elf = Buffer.concat([hello, Buffer.from(`${name}\0`)]);
    const stack = header(count - 1);
    elf.writeUInt32LE(3, stack);
    elf.writeUInt32LE(hello.length, stack + shape.offset);
    elf.writeUInt32LE(name.length + 1, stack + shape.fileSize);
    return elf;
  }

  describe('inspect', () => {
    test('reads the segments, entry and stack rights of a program', () => {
      const found = run(file('hello', hello));
      if (found.kind !== 'guest') throw new Error('not for the guest');
      expect(found.interpreter).toBeNull();
      const { image } = found.program;
      expect(image.segments.map((s) => [s.address, s.fileSize > 0, s.prot])).toEqual([[0x10000, true, 5], [data, false, 6 & 3 | 1]]);
      expect([image.positionIndependent, image.executableStack, image.low, image.headers.address]).toEqual([false, false, 0x10000, 0x10000 + shape.headers]);
    });

    test.each([
      ['a missing file', () => path.join(folder, 'nowhere'), E.ENOENT],
      ['a directory', () => folder, E.EACCES],
      ['a file that may not be executed', () => file('plain', hello, 0o644), E.EACCES],
      ['a file below a file', () => path.join(file('plain2', ''), 'x'), E.ENOTDIR],
      ['a device', () => '/dev/null', E.EACCES],
      ['an empty file', () => file('empty', ''), E.ENOEXEC],
      ['text', () => file('text', 'echo hello\n'), E.ENOEXEC],
      ['an interpreter that is missing', () => file('dynamic', withInterpreter('/no/such/ld.so')), E.ENOENT],
      ['an interpreter that is text', () => file('odd', withInterpreter(file('ld.txt', 'x'))), E.ELIBBAD],
      ['an interpreter without a NUL', () => file('cut', withInterpreter('/lib/ld.so').subarray(0, -1)), E.ENOEXEC],
      ['a script without interpreter', () => file('none.sh', '#!\n'), E.ENOEXEC],
      ['a script with a missing interpreter', () => file('gone.sh', '#!/no/such\n'), E.ENOENT],
    ])('refuses %s', (_, make, errno) => expect(failure(make()).errno).toBe(errno));

    test('names the program, the dynamic linker and -L when the linker is missing', () => {
      expect(failure(file('dynamic2', withInterpreter('/no/such/ld.so'))).message).toMatch(/dynamic2: its dynamic linker \/no\/such\/ld\.so is missing$/);
      expect(failure(file('dynamic2', withInterpreter('/no/such/ld.so'))).hint).toMatch(/-L/);
    });

    test('looks for the interpreter where the sysroot has it', () => {
      const linker = file('ld.so', hello);
      const found = run(file('dynamic3', withInterpreter('/lib/ld.so')), ['d'], (p) => (p === '/lib/ld.so' ? linker : null));
      expect(found.kind === 'guest' && found.interpreter?.hostPath).toBe(linker);
    });

    test('answers what a program for another machine is, for the host to execute', () => {
      const found = run(process.execPath, ['node', '-v']);
      expect(found).toMatchObject({ kind: 'host', hostPath: process.execPath, argv: ['node', '-v'] });
    });

    test('puts interpreter, argument and script in front of the arguments', () => {
      const program = file('interp', hello);
      const script = file('script', `#!${program} -a b \nrest`);
      const found = run(script, ['zero', 'one', 'two']);
      expect(found).toMatchObject({ kind: 'guest', argv: [program, '-a b', script, 'one', 'two'], execfn: script });
    });

    test('follows five scripts and no more', () => {
      let at = file('end', hello);
      for (let i = 1; i <= 5; i++) at = file(`s${i}`, `#!${at}\n`);
      expect(run(at).kind).toBe('guest');
      expect(failure(file('s6', `#!${at}\n`)).errno).toBe(E.ELOOP);
    });

    test('ends when a script interprets itself', () => {
      const self = path.join(folder, 'self');
      expect(failure(file('self', `#!${self}\n`)).errno).toBe(E.ELOOP);
    });

    test('gives a program without arguments an empty one', () => expect(run(file('h', hello), [])).toMatchObject({ argv: [''] }));

    test('leaks no descriptors', () => {
      const before = fs.readdirSync('/proc/self/fd').length;
      for (const name of ['cut', 'odd', 'gone.sh', 's6', 'text']) failure(path.join(folder, name));
      run(path.join(folder, 'h'));
      expect(fs.readdirSync('/proc/self/fd').length).toBe(before);
    });

    test('a file cut at any byte is refused or whole', () => {
      for (let length = 0; length < hello.length; length++) {
        const at = file('short', hello.subarray(0, length));
        // After the last segment only section names are lost, which nobody loads.
        if (length < textEnd) expect([E.ENOEXEC]).toContain(failure(at).errno);
        else run(at);
      }
    });

    test('no flipped byte makes it fail otherwise than with an errno', () => {
      const elf = withInterpreter(file('ld2.so', hello));
      let accepted = 0;
      for (let at = 0; at < header(count); at++) {
        for (const flip of [0x01, 0x80, 0xff, 0x10]) {
          const bad = Buffer.from(elf);
          bad[at]! ^= flip;
          try { run(file('flipped', bad)); accepted++; } catch (error) { expect(error).toBeInstanceOf(LoadError); }
        }
      }
      expect(accepted).toBeGreaterThan(100);
    });

    test('no combination of absurd fields makes it fail otherwise', () => {
      const values = [0, 1, 2, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff];
      // e_entry, e_phoff, then offset, address, sizes, flags and alignment of the first two segments.
      const fields = [24, shape.phoff, ...[count - 3, count - 2].flatMap((i) => shape.fields.map((f) => header(i) + f))];
      for (const a of values) {
        for (const field of fields) {
          for (const half of shape.halves) {
            const bad = Buffer.from(hello);
            bad.writeUInt32LE(a, field);
            if (a % 3 === 0) bad.writeUInt16LE(a & 0xffff, half);
            try { run(file('absurd', bad)); } catch (error) { expect(error).toBeInstanceOf(LoadError); }
          }
        }
      }
    });
  });
});

test('ARM programs that Linux refuses', () => {
  const guest = guests.find(({ name }) => name === 'arm')!;
  const hello = fs.readFileSync(path.join(process.cwd(), 'tests/fixtures/arm/hello'));
  const refused = (change: (header: Buffer) => void): string | null => {
    const copy = Buffer.from(hello);
    change(copy);
    const at = path.join(folder, 'refused');
    fs.writeFileSync(at, copy, { mode: 0o755 });
    try { release(inspect({ path: at, argv: [at], guest, resolve: () => null })); return null; } catch (error) { return (error as LoadError).message; }
  };
  expect(refused((header) => header.writeUInt32LE(0x05000200, 36))).toBe(null);
  expect(refused((header) => header.writeUInt32LE(8, 36))).toMatch('26 bits');
  expect(refused((header) => header.writeUInt32LE(header.readUInt32LE(24) & ~3 | 2, 24))).toMatch('not at an instruction');
});
