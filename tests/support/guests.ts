// What the suites must know of each guest: how to build for it, whom to ask what is right, and which Debian it has. All
// suites declare their cases for every guest here; a new guest is an entry.
export type TestGuest = {
  /** As in the commands' names: tsemu-NAME, qemu-NAME. */
  readonly name: string;
  /** The cross compiler's prefix. Its C library lies in /usr/PREFIX. */
  readonly cross: string;
  /** Flags for every program. */
  readonly flags: readonly string[];
  /** How programs are built that do not say how (`//> modes:`), and the instruction sets that programs can ask for. */
  readonly modes: string;
  readonly isa: Readonly<Record<string, readonly string[]>>;
  /** Why the programs for all guests do not run: then only those run whose names start with the guest's. */
  readonly ownProgramsOnly?: string;
  /** Whether there is a Debian of it, for tests/debian. The packages are in tests/debian/packages. */
  readonly debian?: true;
};

const arm: TestGuest = {
  name: 'arm', cross: 'arm-linux-gnueabihf', flags: [],
  modes: 'thumb,arm O0,O2 static,dynamic',
  isa: { arm: ['-marm'], thumb: ['-mthumb'], neon: ['-mfpu=neon-vfpv4'] },
  debian: true,
};

const riscv64: TestGuest = {
  name: 'riscv64', cross: 'riscv64-linux-gnu', flags: [],
  modes: 'O2 static,dynamic',
  isa: {},
  debian: true,
};

const riscv32: TestGuest = {
  name: 'riscv32', cross: 'riscv64-linux-gnu', flags: ['-march=rv32gc', '-mabi=ilp32d', '-ffreestanding', '-nostdlib', '-fno-stack-protector'],
  modes: 'O0,O2 static',
  isa: {},
  ownProgramsOnly: 'Debian has no C library for it',
};

export const testGuests: readonly TestGuest[] = [arm, riscv64, riscv32];

/** The guest of that name. */
export function testGuest(name: string): TestGuest {
  const guest = testGuests.find((one) => one.name === name);
  if (guest === undefined) throw new Error(`no guest ${name} in tests/support/guests.ts`);
  return guest;
}
