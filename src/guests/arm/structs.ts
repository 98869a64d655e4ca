// What ARM has its own of: struct layouts, and bits of open(2)'s flags.
import { struct } from '../../syscalls/struct.ts';

/** arch/arm/include/uapi/asm/statfs.h: packed to words, so that it has no padding at its end. */
const statfs64 = struct('statfs64', {
  f_type: 'u32', f_bsize: 'u32', f_blocks: 'u64', f_bfree: 'u64', f_bavail: 'u64', f_files: 'u64', f_ffree: 'u64', f_fsid: { array: 'i32', length: 2 },
  f_namelen: 'u32', f_frsize: 'u32', f_flags: 'u32', f_spare: { array: 'u32', length: 4 },
}, { packed: true, align: 4 });

export const structs = { statfs64 } as const;

/** arch/arm/include/uapi/asm/fcntl.h against x86's: O_DIRECTORY, O_NOFOLLOW, O_DIRECT, O_LARGEFILE. */
export const openFlags = [[0o40000, 0o200000], [0o100000, 0o400000], [0o200000, 0o40000], [0o400000, 0o100000]] as const;

/** arch/arm/include/uapi/asm/ioctls.h: FIOQSIZE. */
export const ioctls = { 0x545e: 0x5460 } as const;
