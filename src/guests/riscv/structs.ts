// Struct layouts that the guests with asm-generic's headers have in another form than x86-64.
import { struct } from '../../syscalls/struct.ts';

/** include/uapi/asm-generic/stat.h on 64-bit machines. */
const stat = struct('stat', {
  st_dev: 'u64', st_ino: 'u64', st_mode: 'u32', st_nlink: 'u32', st_uid: 'u32', st_gid: 'u32', st_rdev: 'u64', pad1: { bytes: 8 }, st_size: 'i64',
  st_blksize: 'i32', pad2: { bytes: 4 }, st_blocks: 'i64', st_atime: 'i64', st_atime_nsec: 'u64', st_mtime: 'i64', st_mtime_nsec: 'u64',
  st_ctime: 'i64', st_ctime_nsec: 'u64', unused: { bytes: 8 },
}, { align: 8 });

export const structs64 = { stat } as const;
