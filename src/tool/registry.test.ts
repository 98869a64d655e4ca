import { flagLetters, matches, parseEntry, patternOf, registration } from './registry.ts';

const flags = { preserveArgv0: true, openBinary: true, credentials: false, fixBinary: true };
const arm = patternOf({ machine: 40, bits: 32, bigEndian: false });
const riscv64 = patternOf({ machine: 243, bits: 64, bigEndian: false });

test('flags are letters; C comes with O', () => {
  expect(flagLetters(flags)).toBe('POF');
  expect(flagLetters({ preserveArgv0: false, openBinary: false, credentials: true, fixBinary: false })).toBe('OC');
});

test('a pattern has class, byte order and machine', () => {
  expect(arm.magic.toString('hex')).toBe('7f454c4601010100000000000000000002002800');
  expect(riscv64.magic.toString('hex')).toBe('7f454c460201010000000000000000000200f300');
  expect(patternOf({ machine: 0x9026, bits: 64, bigEndian: true })).toEqual({
    magic: Buffer.from('7f454c4602020100000000000000000000029026', 'hex'), mask: Buffer.from('ffffffffffffff0000fffffffffffffffffeffff', 'hex'),
  });
});

test('paths that the kernel does not take are refused', () => {
  expect(() => registration('n', arm, 'relative', flags)).toThrow('an absolute path');
  expect(() => registration('n', arm, '/a:b', flags)).toThrow('without colons');
  expect(() => registration('n', arm, `/${'a'.repeat(130)}`, flags)).toThrow('no path that long');
});

// As Linux shows an entry of Debian's qemu-user-static, and one for names that end in .exe.
const qemu = parseEntry('qemu-arm', `enabled
interpreter /usr/libexec/qemu-binfmt/arm-binfmt-P
flags: POCF
offset 0
magic 7f454c4601010100000000000000000002002800
mask ffffffffffffff00fffffffffffffffffeffffff
`);

test('an entry is read', () => {
  expect(qemu).toMatchObject({ name: 'qemu-arm', enabled: true, interpreter: '/usr/libexec/qemu-binfmt/arm-binfmt-P', flags: 'POCF', offset: 0 });
  expect(parseEntry('exe', 'disabled\ninterpreter /usr/bin/wine\nflags: \nextension .exe\n')).toMatchObject({ enabled: false, flags: '', pattern: null });
});

test('an entry for the same programs is a rival, others are not', () => {
  expect(matches(qemu, arm)).toBe(true);
  expect(matches(qemu, riscv64)).toBe(false);
  expect(matches(parseEntry('exe', 'enabled\ninterpreter /x\nflags: \nextension .exe\n'), arm)).toBe(false);
  expect(matches(parseEntry('elf', 'enabled\ninterpreter /x\nflags: \noffset 0\nmagic 7f454c46\n'), arm)).toBe(true);
  expect(matches(parseEntry('later', 'enabled\ninterpreter /x\nflags: \noffset 4\nmagic 7f454c46\n'), arm)).toBe(false);
});
