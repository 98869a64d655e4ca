// The ioctl requests that are known, and what each one's argument is. Numbers are the generic ones (asm-generic/ioctls.h);
// where a number contains the size of a long, it follows from the guest's data model.
import type { DataModel } from '../guests/guest.ts';
import { E } from '../host/abi.ts';
import { SyscallError } from '../threads/task.ts';
import { filterProgram, type Conversion, type Pointers, type Target, type Way } from './conversion.ts';
import { byModel, lp64, struct, type Struct } from './struct.ts';
import { iovec, timespec, timeval } from './structs.ts';

/**
 * none, int: passed as a number. small: nothing, or a number that cannot be an address. pointer: to something that is the same for guest and host. A struct: converted. The others are forms that
 * ioctls.ts converts by hand.
 */
export type Form = 'none' | 'int' | 'small' | 'pointer' | 'long' | 'ifreq' | 'ifreq data' | 'ifconf' | 'string' | 'structs' | Conversion;
/** `type` is what a pointer leads to, for -strace; `way` when that is known. */
export type Request = { readonly name: string; readonly form: Form; readonly host: number; readonly type?: Struct | undefined; readonly way?: Way | undefined };

const NONE = 0, WRITE = 1, READ = 2;
/** _IOC of asm-generic/ioctl.h. */
const ioc = (way: number, type: number, nr: number, size: number): number => ((way << 30) | (size << 16) | (type << 8) | nr) >>> 0;
const code = (letter: string): number => letter.charCodeAt(0);

const hdGeometry = struct('hd_geometry', { heads: 'u8', sectors: 'u8', cylinders: 'u16', start: 'ulong' });
const mtget = struct('mtget', { mt_type: 'long', mt_resid: 'long', mt_dsreg: 'long', mt_gstat: 'long', mt_erreg: 'long', mt_fileno: 'i32', mt_blkno: 'i32' });
const mtpos = struct('mtpos', { mt_blkno: 'long' });
const rtentry = struct('rtentry', {
  pad1: 'ulong', dst: { bytes: 16 }, gateway: { bytes: 16 }, genmask: { bytes: 16 }, flags: 'u16', pad2: 'i16', pad3: 'ulong', pad4: 'pointer', metric: 'i16',
  dev: 'pointer', mtu: 'ulong', window: 'ulong', irtt: 'u16',
});
const loopInfo = struct('loop_info', {
  lo_number: 'i32', lo_device: 'u16', lo_inode: 'ulong', lo_rdevice: 'u16', lo_offset: 'i32', lo_encrypt_type: 'i32', lo_encrypt_key_size: 'i32', lo_flags: 'i32',
  lo_name: { bytes: 64 }, lo_encrypt_key: { bytes: 32 }, lo_init: { array: 'ulong', length: 2 }, reserved: { bytes: 4 },
});
const serialStruct = struct('serial_struct', {
  type: 'i32', line: 'i32', port: 'u32', irq: 'i32', flags: 'i32', xmit_fifo_size: 'i32', custom_divisor: 'i32', baud_base: 'i32', close_delay: 'u16', io_type: 'u8', reserved_char: 'u8',
  hub6: 'i32', closing_wait: 'u16', closing_wait2: 'u16', iomem_base: 'pointer', iomem_reg_shift: 'u16', port_high: 'u32', iomap_base: 'ulong',
});
const sgIoHdr = struct('sg_io_hdr', {
  interface_id: 'i32', dxfer_direction: 'i32', cmd_len: 'u8', mx_sb_len: 'u8', iovec_count: 'u16', dxfer_len: 'u32', dxferp: 'pointer', cmdp: 'pointer', sbp: 'pointer', timeout: 'u32',
  flags: 'u32', pack_id: 'i32', usr_ptr: 'pointer', status: 'u8', masked_status: 'u8', msg_status: 'u8', sb_len_wr: 'u8', host_status: 'u16', driver_status: 'u16', resid: 'i32',
  duration: 'u32', info: 'u32',
});
const cdromGenericCommand = struct('cdrom_generic_command', {
  cmd: { bytes: 12 }, buffer: 'pointer', buflen: 'u32', stat: 'i32', sense: 'pointer', data_direction: 'u8', quiet: 'i32', timeout: 'i32', unused: 'pointer',
});
const cdromReadAudio = struct('cdrom_read_audio', { addr: { bytes: 4, align: 4 }, addr_format: 'u8', nframes: 'i32', buf: 'pointer' });
const unimapdesc = struct('unimapdesc', { entry_ct: 'u16', entries: 'pointer' });
const consolefontdesc = struct('consolefontdesc', { charcount: 'u16', charheight: 'u16', chardata: 'pointer' });
const consoleFontOp = struct('console_font_op', { op: 'u32', flags: 'u32', width: 'u32', height: 'u32', charcount: 'u32', data: 'pointer' });
const fbFixScreeninfo = struct('fb_fix_screeninfo', {
  id: { bytes: 16 }, smem_start: 'ulong', smem_len: 'u32', type: 'u32', type_aux: 'u32', visual: 'u32', xpanstep: 'u16', ypanstep: 'u16', ywrapstep: 'u16', line_length: 'u32',
  mmio_start: 'ulong', mmio_len: 'u32', accel: 'u32', capabilities: 'u16', reserved: { array: 'u16', length: 2 },
});
const fbCmap = struct('fb_cmap', { start: 'u32', len: 'u32', red: 'pointer', green: 'pointer', blue: 'pointer', transp: 'pointer' });
const blkpgIoctlArg = struct('blkpg_ioctl_arg', { op: 'i32', flags: 'i32', datalen: 'i32', data: 'pointer' });
const i2cMsg = struct('i2c_msg', { addr: 'u16', flags: 'u16', len: 'u16', buf: 'pointer' });
const i2cRdwr = struct('i2c_rdwr_ioctl_data', { msgs: 'pointer', nmsgs: 'u32' });
const i2cSmbus = struct('i2c_smbus_ioctl_data', { read_write: 'u8', command: 'u8', size: 'u32', data: 'pointer' });
const spiTransfer = struct('spi_ioc_transfer', { tx_buf: 'u64', rx_buf: 'u64', len: 'u32', speed_hz: 'u32', rest: { bytes: 8 } });
const ffEffect = struct('ff_effect', {
  type: 'u16', id: 'i16', direction: 'u16', trigger: { array: 'u16', length: 2 }, replay: { array: 'u16', length: 2 }, pad: 'u16', u: { bytes: 20 }, custom_len: 'u32', custom_data: 'pointer',
});
const FF_PERIODIC = 0x51;
const btrfsVolArgsV2 = struct('btrfs_ioctl_vol_args_v2', { fd: 'i64', transid: 'u64', flags: 'u64', size: 'u64', qgroup_inherit: 'u64', unused: { bytes: 16 }, name: { bytes: 4040 } });
const BTRFS_SUBVOL_QGROUP_INHERIT = 4;
const v4l2ExtControl = struct('v4l2_ext_control', { id: 'u32', size: 'u32', reserved2: 'u32', value: 'u64' }, { packed: true });
const v4l2ExtControls = struct('v4l2_ext_controls', { which: 'u32', count: 'u32', error_idx: 'u32', request_fd: 'i32', reserved: 'u32', controls: 'pointer' });
const v4l2Plane = struct('v4l2_plane', { bytesused: 'u32', length: 'u32', m: 'ulong', data_offset: 'u32', reserved: { array: 'u32', length: 11 } });
const v4l2Buffer = struct('v4l2_buffer', {
  index: 'u32', type: 'u32', bytesused: 'u32', flags: 'u32', field: 'u32', timestamp: timeval, timecode: { bytes: 16, align: 4 }, sequence: 'u32', memory: 'u32', m: 'ulong', length: 'u32',
  reserved2: 'u32', request_fd: 'i32',
});
const v4l2Format = byModel('v4l2_format', ({ pointer }) => ({ type: 'u32', fmt: { bytes: 200, align: pointer } }));
const v4l2CreateBuffers = struct('v4l2_create_buffers', {
  index: 'u32', count: 'u32', memory: 'u32', format: v4l2Format, capabilities: 'u32', flags: 'u32', reserved: { array: 'u32', length: 6 },
});
const VIDEO_OVERLAY = 3, VIDEO_OUTPUT_OVERLAY = 8;
/** The formats of overlays hold pointers to lists of pointers: they are refused, as drivers without overlays do. */
const noOverlay = (type: number): Target => {
  if (type === VIDEO_OVERLAY || type === VIDEO_OUTPUT_OVERLAY) throw new SyscallError(E.EINVAL);
  return 'opaque';
};
const V4L2_MEMORY_USERPTR = 2, VIDEO_CAPTURE_MPLANE = 9, VIDEO_OUTPUT_MPLANE = 10;
const userBuffer = (memory: number): Target => (memory === V4L2_MEMORY_USERPTR ? 'bytes' : 'opaque');

/** Its union has two longs at the end in the answer, of which the request has the first. */
const drmVblank = struct('drm_wait_vblank', { type: 'u32', sequence: 'u32', signal: 'ulong', rest: 'long' });


/** Rows by form: name, number. */
const plain: Readonly<Record<'none' | 'int' | 'pointer' | 'ifreq' | 'ifreq data' | 'string', Readonly<Record<string, number>>>> = {
  none: {
    TIOCEXCL: 0x540c, TIOCNXCL: 0x540d, TIOCCONS: 0x541d, TIOCNOTTY: 0x5422, TIOCSBRK: 0x5427, TIOCCBRK: 0x5428, TIOCVHANGUP: 0x5437, FIONCLEX: 0x5450, FIOCLEX: 0x5451,
    BLKRRPART: 0x125f, BLKFLSBUF: 0x1261, LOOP_CLR_FD: 0x4c01, LOOP_SET_CAPACITY: 0x4c07, LOOP_CTL_GET_FREE: 0x4c82, RNDZAPENTCNT: ioc(NONE, code('R'), 4, 0),
    RNDCLEARPOOL: ioc(NONE, code('R'), 6, 0), RNDRESEEDCRNG: ioc(NONE, code('R'), 7, 0), VT_UNLOCKSWITCH: 0x560c, VT_LOCKSWITCH: 0x560b, NS_GET_USERNS: 0xb701, NS_GET_PARENT: 0xb702,
    NS_GET_NSTYPE: 0xb703, SIOCGSKNS: 0x894c, RTC_AIE_ON: ioc(NONE, code('p'), 1, 0), RTC_AIE_OFF: ioc(NONE, code('p'), 2, 0), RTC_UIE_ON: ioc(NONE, code('p'), 3, 0),
    RTC_UIE_OFF: ioc(NONE, code('p'), 4, 0), RTC_PIE_ON: ioc(NONE, code('p'), 5, 0), RTC_PIE_OFF: ioc(NONE, code('p'), 6, 0), RTC_VL_CLR: ioc(NONE, code('p'), 0x14, 0),
    PERF_EVENT_IOC_ENABLE: ioc(NONE, code('$'), 0, 0), PERF_EVENT_IOC_DISABLE: ioc(NONE, code('$'), 1, 0), PERF_EVENT_IOC_RESET: ioc(NONE, code('$'), 3, 0),
    CDROMPAUSE: 0x5301, CDROMRESUME: 0x5302, CDROMSTOP: 0x5307, CDROMSTART: 0x5308, CDROMEJECT: 0x5309, CDROMCLOSETRAY: 0x5319,
  },
  int: {
    TCSBRK: 0x5409, TCXONC: 0x540a, TCFLSH: 0x540b, TIOCSCTTY: 0x540e, TCSBRKP: 0x5425, TIOCGPTPEER: ioc(NONE, code('T'), 0x41, 0), TIOCMIWAIT: 0x545c,
    TIOCSIG: ioc(WRITE, code('T'), 0x36, 4), KDSETMODE: 0x4b3a, KDSKBMODE: 0x4b45, KDSETLED: 0x4b32, KIOCSOUND: 0x4b2f, KDMKTONE: 0x4b30, KDSKBLED: 0x4b65, KDSKBMETA: 0x4b63,
    KDADDIO: 0x4b34, KDDELIO: 0x4b35, VT_ACTIVATE: 0x5606, VT_WAITACTIVE: 0x5607, VT_RELDISP: 0x5605, VT_DISALLOCATE: 0x5608, LOOP_SET_FD: 0x4c00, LOOP_CHANGE_FD: 0x4c06,
    LOOP_SET_DIRECT_IO: 0x4c08, LOOP_SET_BLOCK_SIZE: 0x4c09, LOOP_CTL_ADD: 0x4c80, LOOP_CTL_REMOVE: 0x4c81, BLKRASET: 0x1262, BLKFRASET: 0x1264,
    FICLONE: ioc(WRITE, 0x94, 9, 4), CDROM_SELECT_SPEED: 0x5322, CDROM_MEDIA_CHANGED: 0x5325, CDROM_DRIVE_STATUS: 0x5326, CDROM_DISC_STATUS: 0x5327, CDROM_LOCKDOOR: 0x5329,
    CDROM_GET_CAPABILITY: 0x5331, CDROM_SET_OPTIONS: 0x5320, CDROM_CLEAR_OPTIONS: 0x5321, CDROMEJECT_SW: 0x530f, TUNSETPERSIST: ioc(WRITE, code('T'), 203, 4),
    TUNSETOWNER: ioc(WRITE, code('T'), 204, 4), TUNSETLINK: ioc(WRITE, code('T'), 205, 4), TUNSETGROUP: ioc(WRITE, code('T'), 206, 4), TUNSETNOCSUM: ioc(WRITE, code('T'), 200, 4),
    TUNSETDEBUG: ioc(WRITE, code('T'), 201, 4), TUNSETOFFLOAD: ioc(WRITE, code('T'), 208, 4),
    UI_DEV_CREATE: ioc(NONE, code('U'), 1, 0), UI_DEV_DESTROY: ioc(NONE, code('U'), 2, 0), UI_SET_EVBIT: ioc(WRITE, code('U'), 100, 4), UI_SET_KEYBIT: ioc(WRITE, code('U'), 101, 4),
    UI_SET_RELBIT: ioc(WRITE, code('U'), 102, 4), UI_SET_ABSBIT: ioc(WRITE, code('U'), 103, 4), UI_SET_MSCBIT: ioc(WRITE, code('U'), 104, 4), UI_SET_LEDBIT: ioc(WRITE, code('U'), 105, 4),
    UI_SET_SNDBIT: ioc(WRITE, code('U'), 106, 4), UI_SET_FFBIT: ioc(WRITE, code('U'), 107, 4), UI_SET_SWBIT: ioc(WRITE, code('U'), 109, 4), UI_SET_PROPBIT: ioc(WRITE, code('U'), 110, 4),
    EVIOCRMFF: ioc(WRITE, code('E'), 0x81, 4), EVIOCGRAB: ioc(WRITE, code('E'), 0x90, 4), EVIOCREVOKE: ioc(WRITE, code('E'), 0x91, 4), SNDRV_PCM_IOCTL_PAUSE: ioc(WRITE, code('A'), 0x45, 4),
    PTP_ENABLE_PPS: ioc(WRITE, code('='), 4, 4), BTRFS_IOC_BALANCE_CTL: ioc(WRITE, 0x94, 33, 4), FBIOBLANK: 0x4611,
    I2C_RETRIES: 0x701, I2C_TIMEOUT: 0x702, I2C_SLAVE: 0x703, I2C_TENBIT: 0x704, I2C_SLAVE_FORCE: 0x706, I2C_PEC: 0x708, INOTIFY_IOC_SETNEXTWD: ioc(WRITE, code('I'), 0, 4),
    PERF_EVENT_IOC_REFRESH: ioc(NONE, code('$'), 2, 0), PERF_EVENT_IOC_SET_OUTPUT: ioc(NONE, code('$'), 5, 0), PERF_EVENT_IOC_SET_BPF: ioc(WRITE, code('$'), 8, 4),
    PERF_EVENT_IOC_PAUSE_OUTPUT: ioc(WRITE, code('$'), 9, 4),
    HDIO_SET_MULTCOUNT: 0x321, HDIO_SET_UNMASKINTR: 0x322, HDIO_SET_KEEPSETTINGS: 0x323, HDIO_SET_32BIT: 0x324, HDIO_SET_NOWERR: 0x325, HDIO_SET_DMA: 0x326, HDIO_SET_WCACHE: 0x32b,
  },
  pointer: {
    TCGETS: 0x5401, TCSETS: 0x5402, TCSETSW: 0x5403, TCSETSF: 0x5404, TCGETA: 0x5405, TCSETA: 0x5406, TCSETAW: 0x5407, TCSETAF: 0x5408, TIOCGPGRP: 0x540f, TIOCSPGRP: 0x5410,
    TIOCOUTQ: 0x5411, TIOCSTI: 0x5412, TIOCGWINSZ: 0x5413, TIOCSWINSZ: 0x5414, TIOCMGET: 0x5415, TIOCMBIS: 0x5416, TIOCMBIC: 0x5417, TIOCMSET: 0x5418, TIOCGSOFTCAR: 0x5419,
    TIOCSSOFTCAR: 0x541a, FIONREAD: 0x541b, TIOCLINUX: 0x541c, TIOCPKT: 0x5420, FIONBIO: 0x5421, TIOCSETD: 0x5423, TIOCGETD: 0x5424, TIOCGSID: 0x5429,
    TCGETS2: ioc(READ, code('T'), 0x2a, 44), TCSETS2: ioc(WRITE, code('T'), 0x2b, 44), TCSETSW2: ioc(WRITE, code('T'), 0x2c, 44), TCSETSF2: ioc(WRITE, code('T'), 0x2d, 44),
    TIOCGRS485: 0x542e, TIOCSRS485: 0x542f, TIOCGPTN: ioc(READ, code('T'), 0x30, 4), TIOCSPTLCK: ioc(WRITE, code('T'), 0x31, 4), TIOCGDEV: ioc(READ, code('T'), 0x32, 4),
    TCGETX: 0x5432, TCSETX: 0x5433, TCSETXF: 0x5434, TCSETXW: 0x5435, TIOCGPKT: ioc(READ, code('T'), 0x38, 4), TIOCGPTLCK: ioc(READ, code('T'), 0x39, 4),
    TIOCGEXCL: ioc(READ, code('T'), 0x40, 4), FIOASYNC: 0x5452, TIOCGLCKTRMIOS: 0x5456, TIOCSLCKTRMIOS: 0x5457, TIOCSERGETLSR: 0x5459, TIOCGICOUNT: 0x545d, FIOQSIZE: 0x5460,
    FIOSETOWN: 0x8901, SIOCSPGRP: 0x8902, FIOGETOWN: 0x8903, SIOCGPGRP: 0x8904, SIOCATMARK: 0x8905, SIOCDARP: 0x8953, SIOCGARP: 0x8954, SIOCSARP: 0x8955,
    SIOCGSTAMP_NEW: ioc(READ, 0x89, 0x06, 16), SIOCGSTAMPNS_NEW: ioc(READ, 0x89, 0x07, 16), SIOCGETVIFCNT: 0x89e0, SIOCGETSGCNT: 0x89e1,
    BLKROSET: 0x125d, BLKROGET: 0x125e, BLKSECTGET: 0x1267, BLKSSZGET: 0x1268, BLKDISCARD: 0x1277, BLKIOMIN: 0x1278, BLKIOOPT: 0x1279, BLKALIGNOFF: 0x127a,
    BLKPBSZGET: 0x127b, BLKDISCARDZEROES: 0x127c, BLKSECDISCARD: 0x127d, BLKROTATIONAL: 0x127e, BLKZEROOUT: 0x127f, BLKGETDISKSEQ: ioc(READ, 0x12, 128, 8),
    FIBMAP: 1, FIGETBSZ: 2, FIFREEZE: ioc(3, code('X'), 119, 4), FITHAW: ioc(3, code('X'), 120, 4), FITRIM: ioc(3, code('X'), 121, 24),
    FS_IOC_FIEMAP: ioc(3, code('f'), 11, 32), FS_IOC_FSGETXATTR: ioc(READ, code('X'), 31, 28), FS_IOC_FSSETXATTR: ioc(WRITE, code('X'), 32, 28),
    FS_IOC_GETFSLABEL: ioc(READ, 0x94, 49, 256), FS_IOC_SETFSLABEL: ioc(WRITE, 0x94, 50, 256), FS_IOC_GETFSUUID: ioc(READ, 0x15, 0, 17),
    FICLONERANGE: ioc(WRITE, 0x94, 13, 32), FIDEDUPERANGE: ioc(3, 0x94, 54, 24), FS_IOC_SET_ENCRYPTION_POLICY: ioc(READ, code('f'), 19, 12),
    FS_IOC_GET_ENCRYPTION_PWSALT: ioc(WRITE, code('f'), 20, 16), FS_IOC_GET_ENCRYPTION_POLICY: ioc(WRITE, code('f'), 21, 12),
    LOOP_SET_STATUS64: 0x4c04, LOOP_GET_STATUS64: 0x4c05, LOOP_CONFIGURE: 0x4c0a,
    RNDGETENTCNT: ioc(READ, code('R'), 0, 4), RNDADDTOENTCNT: ioc(WRITE, code('R'), 1, 4), RNDADDENTROPY: ioc(WRITE, code('R'), 3, 8),
    RTC_ALM_SET: ioc(WRITE, code('p'), 7, 36), RTC_ALM_READ: ioc(READ, code('p'), 8, 36), RTC_RD_TIME: ioc(READ, code('p'), 9, 36), RTC_SET_TIME: ioc(WRITE, code('p'), 10, 36),
    RTC_WKALM_SET: ioc(WRITE, code('p'), 15, 40), RTC_WKALM_RD: ioc(READ, code('p'), 16, 40), RTC_VL_READ: ioc(READ, code('p'), 0x13, 4), RTC_PARAM_GET: ioc(WRITE, code('p'), 0x13, 24), RTC_PARAM_SET: ioc(WRITE, code('p'), 0x14, 24),
    KDGKBTYPE: 0x4b33, KDGETMODE: 0x4b3b, KDGETLED: 0x4b31, KDGKBMODE: 0x4b44, KDGKBENT: 0x4b46, KDSKBENT: 0x4b47, KDGKBSENT: 0x4b48, KDSKBSENT: 0x4b49, KDGKBLED: 0x4b64,
    KDGKBMETA: 0x4b62, KDKBDREP: 0x4b52, GIO_UNISCRNMAP: 0x4b69, PIO_UNISCRNMAP: 0x4b6a, GIO_CMAP: 0x4b70, PIO_CMAP: 0x4b71, GIO_SCRNMAP: 0x4b40, PIO_SCRNMAP: 0x4b41,
    KDSIGACCEPT: 0x4b4e, GIO_FONT: 0x4b60, PIO_FONT: 0x4b61, PIO_UNIMAPCLR: 0x4b68,
    SG_SET_TIMEOUT: 0x2201, SG_EMULATED_HOST: 0x2203, SG_GET_VERSION_NUM: 0x2282, SG_GET_SCSI_ID: 0x2276, SG_SET_RESERVED_SIZE: 0x2275, SG_GET_RESERVED_SIZE: 0x2272, SCSI_IOCTL_GET_IDLUN: 0x5382,
    SCSI_IOCTL_GET_BUS_NUMBER: 0x5386, HDIO_DRIVE_CMD: 0x31f, HDIO_DRIVE_TASK: 0x31e, SIOCOUTQNSD: 0x894b, PIO_FONTRESET: 0x4b6d,
    VT_OPENQRY: 0x5600, VT_GETMODE: 0x5601, VT_SETMODE: 0x5602, VT_GETSTATE: 0x5603, VT_RESIZE: 0x5609, VT_RESIZEX: 0x560a, VT_SETACTIVATE: 0x560f,
    PERF_EVENT_IOC_PERIOD: ioc(WRITE, code('$'), 4, 8), NS_GET_OWNER_UID: 0xb704, TUNGETFEATURES: ioc(READ, code('T'), 207, 4), TUNGETSNDBUF: ioc(READ, code('T'), 211, 4), TUNSETSNDBUF: ioc(WRITE, code('T'), 212, 4),
    TUNGETVNETHDRSZ: ioc(READ, code('T'), 215, 4), TUNSETVNETHDRSZ: ioc(WRITE, code('T'), 216, 4), TUNSETTXFILTER: ioc(WRITE, code('T'), 209, 4),
    MTIOCTOP: ioc(WRITE, code('m'), 1, 8), CDROMREADTOCHDR: 0x5305, CDROMREADTOCENTRY: 0x5306, CDROMVOLCTRL: 0x530a, CDROMSUBCHNL: 0x530b, CDROMPLAYMSF: 0x5303, CDROMPLAYTRKIND: 0x5304,
    CDROMREADMODE2: 0x530c, CDROMREADMODE1: 0x530d, CDROMMULTISESSION: 0x5310, CDROM_GET_MCN: 0x5311, CDROMVOLREAD: 0x5313, CDROM_LAST_WRITTEN: 0x5395,
    HDIO_GET_UNMASKINTR: 0x302, HDIO_GET_MULTCOUNT: 0x304, HDIO_GET_IDENTITY: 0x30d, HDIO_GET_KEEPSETTINGS: 0x308, HDIO_GET_32BIT: 0x309, HDIO_GET_NOWERR: 0x30a, HDIO_GET_DMA: 0x30b,
    HDIO_GET_NICE: 0x30c, HDIO_GET_WCACHE: 0x30e, HDIO_GET_ACOUSTIC: 0x30f, FAT_IOCTL_GET_ATTRIBUTES: ioc(READ, code('r'), 0x10, 4), FAT_IOCTL_SET_ATTRIBUTES: ioc(WRITE, code('r'), 0x11, 4),
    FAT_IOCTL_GET_VOLUME_ID: ioc(READ, code('r'), 0x13, 4), FBIOGET_VSCREENINFO: 0x4600, FBIOPUT_VSCREENINFO: 0x4601, FBIOPAN_DISPLAY: 0x4606, UI_DEV_SETUP: ioc(WRITE, code('U'), 3, 92),
    FUSE_DEV_IOC_CLONE: ioc(READ, 229, 0, 4), SIOCSIFVLAN: 0x8983, SIOCGIFVLAN: 0x8982, WDIOC_GETSUPPORT: ioc(READ, code('W'), 0, 40), WDIOC_KEEPALIVE: ioc(READ, code('W'), 5, 4),
    WDIOC_SETTIMEOUT: ioc(3, code('W'), 6, 4), WDIOC_GETTIMEOUT: ioc(READ, code('W'), 7, 4),
  },
  ifreq: {
    SIOCGIFNAME: 0x8910, SIOCGIFFLAGS: 0x8913, SIOCSIFFLAGS: 0x8914, SIOCGIFADDR: 0x8915, SIOCSIFADDR: 0x8916, SIOCGIFDSTADDR: 0x8917, SIOCSIFDSTADDR: 0x8918, SIOCGIFBRDADDR: 0x8919,
    SIOCSIFBRDADDR: 0x891a, SIOCGIFNETMASK: 0x891b, SIOCSIFNETMASK: 0x891c, SIOCGIFMETRIC: 0x891d, SIOCSIFMETRIC: 0x891e, SIOCGIFMTU: 0x8921, SIOCSIFMTU: 0x8922, SIOCSIFNAME: 0x8923,
    SIOCSIFHWADDR: 0x8924, SIOCGIFENCAP: 0x8925, SIOCSIFENCAP: 0x8926, SIOCGIFHWADDR: 0x8927, SIOCGIFSLAVE: 0x8929, SIOCSIFSLAVE: 0x8930, SIOCADDMULTI: 0x8931, SIOCDELMULTI: 0x8932,
    SIOCGIFINDEX: 0x8933, SIOCSIFPFLAGS: 0x8934, SIOCGIFPFLAGS: 0x8935, SIOCDIFADDR: 0x8936, SIOCSIFHWBROADCAST: 0x8937, SIOCGIFTXQLEN: 0x8942, SIOCSIFTXQLEN: 0x8943,
    SIOCGMIIPHY: 0x8947, SIOCGMIIREG: 0x8948, SIOCSMIIREG: 0x8949, SIOCBONDENSLAVE: 0x8990, SIOCBONDRELEASE: 0x8991, SIOCBONDSETHWADDR: 0x8992, SIOCBONDCHANGEACTIVE: 0x8995,
    SIOCBRADDIF: 0x89a2, SIOCBRDELIF: 0x89a3, TUNSETIFF: ioc(WRITE, code('T'), 202, 4), TUNGETIFF: ioc(READ, code('T'), 210, 4), TUNSETQUEUE: ioc(WRITE, code('T'), 217, 4),
  },
  'ifreq data': {
    SIOCETHTOOL: 0x8946, SIOCSHWTSTAMP: 0x89b0, SIOCGHWTSTAMP: 0x89b1, SIOCBONDSLAVEINFOQUERY: 0x8993, SIOCBONDINFOQUERY: 0x8994,
  },
  string: { SIOCBRADDBR: 0x89a0, SIOCBRDELBR: 0x89a1 },
};

/** SPI_IOC_MESSAGE(n): as many transfers as fit into the size that the number says. */
export const spiMessage: Conversion = { struct: spiTransfer, way: 'in', pointers: { tx_buf: 'bytes', rx_buf: 'bytes' } };

/** Requests of any size: their arguments are strings, bits or reports, as long as the number says. Family and number in it. */
const anySize: ReadonlySet<number> = new Set([
  ...[4, 5, 6, 7, 8, 9, 10, 11, 12].map((nr) => (code('H') << 8) | nr), // HIDIOCGRAWNAME and those after it
  (code('j') << 8) | 0x13, // JSIOCGNAME
  (code('U') << 8) | 44, // UI_GET_SYSNAME
]);

/** True when a request without a row takes bytes that are the same for guest and host. */
export const passes = (number: number): boolean => passingFamilies.has((number >>> 8) & 0xff) || anySize.has(number & 0xffff);

/** Families that are refused whole. */
export const refusedFamilies: Readonly<Record<number, string>> = {
  0xae: 'a virtual machine needs memory at addresses of the host',
  [code(';')]: 'the structs of VFIO and iommufd hold addresses',
};

/** Families of requests whose structs have no longs and no pointers: whatever they are called, they pass as they stand. */
const passingFamilies: ReadonlySet<number> = new Set([0xfd /* device mapper */, code('E') /* input events */, 0xb4 /* GPIO */, 0xff /* pidfd */]);

/** The requests of a data model, by the guest's number. */
export function requests(model: DataModel): Map<number, Request> {
  const { pointer } = model;
  const all = new Map<number, Request>();
  const add = (name: string, number: number, form: Form, host = number): void => { all.set(number, { name, form, host }); };
  for (const [form, rows] of Object.entries(plain)) for (const [name, number] of Object.entries(rows)) add(name, number, form as Form);
  /** A number with the size of a long in it; `form` is what is really there. */
  const sized = (name: string, way: number, type: number, nr: number, form: Form): void => add(name, ioc(way, type, nr, pointer), form, ioc(way, type, nr, 8));
  sized('FS_IOC_GETFLAGS', READ, code('f'), 1, 'pointer');
  sized('FS_IOC_SETFLAGS', WRITE, code('f'), 2, 'pointer');
  sized('FS_IOC_GETVERSION', READ, code('v'), 1, 'pointer');
  sized('FS_IOC_SETVERSION', WRITE, code('v'), 2, 'pointer');
  sized('BLKBSZGET', READ, 0x12, 112, 'pointer');
  sized('BLKBSZSET', WRITE, 0x12, 113, 'pointer');
  sized('BLKGETSIZE64', READ, 0x12, 114, 'pointer');
  sized('PERF_EVENT_IOC_SET_FILTER', WRITE, code('$'), 6, 'pointer');
  sized('PERF_EVENT_IOC_ID', READ, code('$'), 7, 'pointer');
  sized('PERF_EVENT_IOC_QUERY_BPF', 3, code('$'), 10, 'pointer');
  sized('PERF_EVENT_IOC_MODIFY_ATTRIBUTES', WRITE, code('$'), 11, 'pointer');
  sized('RTC_IRQP_READ', READ, code('p'), 11, 'long');
  sized('RTC_IRQP_SET', WRITE, code('p'), 12, 'int');
  sized('RTC_EPOCH_READ', READ, code('p'), 13, 'long');
  sized('RTC_EPOCH_SET', WRITE, code('p'), 14, 'int');
  add('BLKGETSIZE', 0x1260, 'long');
  add('BLKRAGET', 0x1263, 'long');
  add('BLKFRAGET', 0x1265, 'long');
  add('HDIO_GETGEO', 0x301, { struct: hdGeometry, way: 'out' });
  add('LOOP_SET_STATUS', 0x4c02, { struct: loopInfo, way: 'in' });
  add('LOOP_GET_STATUS', 0x4c03, { struct: loopInfo, way: 'out' });
  add('MTIOCGET', ioc(READ, code('m'), 2, pointer === 4 ? 28 : 48), { struct: mtget, way: 'out' }, ioc(READ, code('m'), 2, 48));
  add('MTIOCPOS', ioc(READ, code('m'), 3, pointer), { struct: mtpos, way: 'out' }, ioc(READ, code('m'), 3, 8));
  add('SIOCGSTAMP', 0x8906, { struct: timeval, way: 'out' });
  add('SIOCGSTAMPNS', 0x8907, { struct: timespec, way: 'out' });
  add('TIOCGSERIAL', 0x541e, { struct: serialStruct, way: 'out', pointers: { iomem_base: 'opaque' } });
  add('TIOCSSERIAL', 0x541f, { struct: serialStruct, way: 'in', pointers: { iomem_base: 'opaque' } });
  add('SG_IO', 0x2285, {
    struct: sgIoHdr, way: 'both',
    pointers: { dxferp: (field) => (field('iovec_count') > 0 ? { each: { struct: iovec, way: 'in', pointers: { iov_base: 'bytes' } }, count: field('iovec_count') } : 'bytes'), cmdp: 'bytes', sbp: 'bytes', usr_ptr: 'opaque' },
  });
  add('CDROM_SEND_PACKET', 0x5393, { struct: cdromGenericCommand, way: 'both', pointers: { buffer: 'bytes', sense: 'bytes', unused: 'opaque' } });
  add('CDROMREADAUDIO', 0x530e, { struct: cdromReadAudio, way: 'in', pointers: { buf: 'bytes' } });
  add('GIO_UNIMAP', 0x4b66, { struct: unimapdesc, way: 'both', pointers: { entries: 'bytes' } });
  add('PIO_UNIMAP', 0x4b67, { struct: unimapdesc, way: 'in', pointers: { entries: 'bytes' } });
  add('GIO_FONTX', 0x4b6b, { struct: consolefontdesc, way: 'both', pointers: { chardata: 'bytes' } });
  add('PIO_FONTX', 0x4b6c, { struct: consolefontdesc, way: 'in', pointers: { chardata: 'bytes' } });
  add('KDFONTOP', 0x4b72, { struct: consoleFontOp, way: 'both', pointers: { data: 'bytes' } });
  add('FBIOGET_FSCREENINFO', 0x4602, { struct: fbFixScreeninfo, way: 'out' });
  const colours: Pointers = { red: 'bytes', green: 'bytes', blue: 'bytes', transp: 'bytes' };
  add('FBIOGETCMAP', 0x4604, { struct: fbCmap, way: 'in', pointers: colours });
  add('FBIOPUTCMAP', 0x4605, { struct: fbCmap, way: 'in', pointers: colours });
  add('BLKPG', 0x1269, { struct: blkpgIoctlArg, way: 'in', pointers: { data: 'bytes' } });
  add('I2C_FUNCS', 0x705, 'long');
  add('I2C_RDWR', 0x707, { struct: i2cRdwr, way: 'in', pointers: { msgs: (field) => ({ each: { struct: i2cMsg, way: 'both', pointers: { buf: 'bytes' } }, count: field('nmsgs') }) } });
  add('I2C_SMBUS', 0x720, { struct: i2cSmbus, way: 'in', pointers: { data: 'bytes' } });
  /** A number that has the size of the struct in it. */
  const whole = (name: string, way: number, type: number, nr: number, form: Conversion): void =>
    add(name, ioc(way, type, nr, form.struct(model).size), form, ioc(way, type, nr, form.struct(lp64).size));
  whole('TUNATTACHFILTER', WRITE, code('T'), 213, filterProgram);
  whole('TUNDETACHFILTER', WRITE, code('T'), 214, filterProgram);
  whole('PPPIOCSPASS', WRITE, code('t'), 71, filterProgram);
  whole('PPPIOCSACTIVE', WRITE, code('t'), 70, filterProgram);
  whole('EVIOCSFF', WRITE, code('E'), 0x80, { struct: ffEffect, way: 'both', pointers: { custom_data: (field) => (field('type') === FF_PERIODIC ? 'bytes' : 'opaque') } });
  const volume: Conversion = { struct: btrfsVolArgsV2, way: 'both', pointers: { qgroup_inherit: (field) => (field('flags') & BTRFS_SUBVOL_QGROUP_INHERIT ? 'bytes' : 'opaque') } };
  whole('BTRFS_IOC_SNAP_CREATE_V2', WRITE, 0x94, 23, volume);
  whole('BTRFS_IOC_SUBVOL_CREATE_V2', WRITE, 0x94, 24, volume);
  whole('BTRFS_IOC_RM_DEV_V2', WRITE, 0x94, 58, volume);
  whole('BTRFS_IOC_SNAP_DESTROY_V2', WRITE, 0x94, 63, volume);
  whole('DRM_IOCTL_WAIT_VBLANK', 3, code('d'), 0x3a, { struct: drmVblank, way: 'both' });
  const plane: Conversion = { struct: v4l2Plane, way: 'both' };
  const video: Conversion = {
    struct: v4l2Buffer, way: 'both', pointers: {
      m: (field) => (field('type') === VIDEO_CAPTURE_MPLANE || field('type') === VIDEO_OUTPUT_MPLANE
        ? { each: { ...plane, pointers: { m: userBuffer(field('memory')) } }, count: field('length') } : userBuffer(field('memory'))),
    },
  };
  const format: Conversion = { struct: v4l2Format, way: 'both', pointers: { type: (field) => noOverlay(field('type')) } };
  whole('VIDIOC_G_FMT', 3, code('V'), 4, format);
  whole('VIDIOC_S_FMT', 3, code('V'), 5, format);
  whole('VIDIOC_TRY_FMT', 3, code('V'), 64, format);
  whole('VIDIOC_CREATE_BUFS', 3, code('V'), 92, { struct: v4l2CreateBuffers, way: 'both', pointers: { 'format.type': (field) => noOverlay(field('format.type')) } });
  whole('VIDIOC_QUERYBUF', 3, code('V'), 9, video);
  whole('VIDIOC_QBUF', 3, code('V'), 15, video);
  whole('VIDIOC_DQBUF', 3, code('V'), 17, video);
  whole('VIDIOC_PREPARE_BUF', 3, code('V'), 93, video);
  const controls: Conversion = {
    struct: v4l2ExtControls, way: 'both',
    pointers: { controls: (field) => ({ each: { struct: v4l2ExtControl, way: 'both', pointers: { value: (own) => (own('size') > 0 ? 'bytes' : 'opaque') } }, count: field('count') }) },
  };
  whole('VIDIOC_G_EXT_CTRLS', 3, code('V'), 71, controls);
  whole('VIDIOC_S_EXT_CTRLS', 3, code('V'), 72, controls);
  whole('VIDIOC_TRY_EXT_CTRLS', 3, code('V'), 73, controls);
  add('SIOCGIFCONF', 0x8912, 'ifconf');
  add('SIOCADDRT', 0x890b, { struct: rtentry, way: 'in', pointers: { dev: 'bytes' } });
  add('SIOCDELRT', 0x890c, { struct: rtentry, way: 'in', pointers: { dev: 'bytes' } });
  return all;
}
