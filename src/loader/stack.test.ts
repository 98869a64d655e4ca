import { E } from '../host/abi.ts';
import { AT, buildStack, checkArguments, type StackRequest } from './stack.ts';

const le32 = { pointer: 4, align64: 8, bigEndian: false } as const;
const base: StackRequest = {
  argv: ['prog', 'b\xe9', ''], envp: ['A=1', 'BASH_FUNC_f%%=() {}'], execfn: '/bin/prog', platform: 'v7l', random: Uint8Array.from({ length: 16 }, (_, i) => i + 1),
  auxv: [[AT.PAGESZ, 4096], [AT.ENTRY, 0x10000]], data: le32, top: 0x8000_0000,
};

/** Reads a built stack as a program would. */
function read(request: StackRequest) {
  const stack = buildStack(request);
  const bytes = Buffer.from(stack.bytes);
  const { pointer, bigEndian } = request.data;
  const word = (address: number): number => {
    const at = address - stack.sp + (pointer === 8 && bigEndian ? 4 : 0);
    return bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  };
  const string = (address: number): string => bytes.toString('latin1', address - stack.sp, bytes.indexOf(0, address - stack.sp));
  const argc = word(stack.sp);
  let at = stack.sp + pointer;
  const strings = (): string[] => {
    const list: string[] = [];
    for (; word(at) !== 0; at += pointer) list.push(string(word(at)));
    at += pointer;
    return list;
  };
  const argv = strings(), envp = strings();
  const auxv = new Map<number, number>();
  for (; word(at) !== AT.NULL; at += 2 * pointer) auxv.set(word(at), word(at + pointer));
  return { stack, argc, argv, envp, auxv, string, bytes };
}

describe('buildStack', () => {
  test.each([
    ['32-bit', le32], ['64-bit', { pointer: 8, align64: 8, bigEndian: false }],
    ['32-bit big-endian', { pointer: 4, align64: 8, bigEndian: true }], ['64-bit big-endian', { pointer: 8, align64: 8, bigEndian: true }],
  ] as const)('lets a %s program find its arguments, environment and auxiliary vector', (_, data) => {
    const { argc, argv, envp, auxv, string, stack, bytes } = read({ ...base, data });
    expect(argc).toBe(3);
    expect(argv).toEqual(base.argv);
    expect(envp).toEqual(base.envp);
    expect(auxv.get(AT.PAGESZ)).toBe(4096);
    expect(string(auxv.get(AT.EXECFN)!)).toBe('/bin/prog');
    expect(string(auxv.get(AT.PLATFORM)!)).toBe('v7l');
    const random = auxv.get(AT.RANDOM)! - stack.sp;
    expect([...bytes.subarray(random, random + 16)]).toEqual([...base.random]);
  });

  test.each([0, 1, 2, 3, 4, 5])('aligns the stack pointer to 16 bytes with %d arguments', (n) => {
    expect(buildStack({ ...base, argv: Array.from({ length: n }, () => 'x'.repeat(n)) }).sp % 16).toBe(0);
  });

  test('ends with a null word at the top', () => {
    const { stack, bytes } = read(base);
    expect(stack.sp + bytes.length).toBe(base.top);
    expect(bytes.readUInt32LE(bytes.length - 4)).toBe(0);
  });

  test('says where the argument and environment strings are', () => {
    const { stack, bytes } = read(base);
    expect(bytes.toString('latin1', stack.argStart - stack.sp, stack.argEnd - stack.sp)).toBe('prog\0b\xe9\0\0');
    expect(bytes.toString('latin1', stack.envStart - stack.sp, stack.envEnd - stack.sp)).toBe('A=1\0BASH_FUNC_f%%=() {}\0');
  });

  test('leaves AT_PLATFORM out when there is none', () => expect(read({ ...base, platform: '' }).auxv.has(AT.PLATFORM)).toBe(false));
});

describe('checkArguments', () => {
  const MiB = 1 << 20;
  test('takes what fits', () => expect(() => checkArguments(['x'.repeat(131071)], [], 8 * MiB, 4)).not.toThrow());
  test('answers E2BIG for one string of 128 KiB', () => expect(() => checkArguments(['x'.repeat(131072)], [], 8 * MiB, 4)).toThrow(expect.objectContaining({ errno: E.E2BIG })));
  test('answers E2BIG for more than a quarter of the stack', () => {
    const many = Array.from({ length: 30 }, () => 'x'.repeat(100_000));
    expect(() => checkArguments(many, [], 8 * MiB, 4)).toThrow(expect.objectContaining({ errno: E.E2BIG }));
    expect(() => checkArguments(many, [], 16 * MiB, 4)).not.toThrow();
  });
  test('counts the pointers too', () => {
    expect(() => checkArguments(Array.from({ length: 500_000 }, () => ''), [], 8 * MiB, 4)).toThrow(expect.objectContaining({ errno: E.E2BIG }));
  });
});
