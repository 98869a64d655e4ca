// The single file (docs/binfmt.md) as seen from the emulator in it: what its boot script leaves for the rest.
import type { HostAddress } from '../address.ts';

/** Where the single file's list of contents is in memory: struct contents of start.c. */
export const CONTENTS = 0x1001_0000;

export type Embedded = {
  /** The addon's exports: there is no file to load it from. */
  readonly koffi: unknown;
  /** Memory in place. */
  view(address: HostAddress, bytes: number): Buffer;
  /** The boot script, which a Worker is given as text. */
  readonly boot: string;
  /** What start.c found; absent in Workers. */
  readonly start?: {
    /** Where the kernel left the arguments, the environment and the auxiliary vector. */
    readonly stack: HostAddress;
    /** The program, opened by binfmt_misc (flag O); null when it is not. */
    readonly execfd: number | null;
    /** AT_FLAGS, AT_SECURE and AT_SYSINFO_EHDR. */
    readonly flags: number;
    readonly secure: boolean;
    readonly vdso: HostAddress;
    readonly blocked: number;
    readonly ignored: number;
    readonly inherited: ReadonlySet<number>;
  };
};

/** Null where the emulator runs from files of its own. */
export const embedded: Embedded | null = (globalThis as { tsemu?: Embedded }).tsemu ?? null;
