// What to tell somebody who gives a program to the wrong emulator.
import { machineName, type ElfIdentity } from './elf.ts';

/** `this` host's machine in ELF headers, by Node's name for it. */
const hostMachines: Readonly<Record<string, readonly number[]>> = { x64: [62, 3], arm64: [183] };

export function describeNative(identity: ElfIdentity, guest: { readonly name: string }): string {
  const name = machineName(identity);
  if (hostMachines[process.arch]?.includes(identity.machine)) return `a program for this machine (${name}): run it without tsemu-${guest.name}`;
  return `a program for ${name}, not for ${guest.name}`;
}
