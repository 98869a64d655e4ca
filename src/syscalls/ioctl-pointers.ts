// The fields of the catalogue's structs that are addresses of the program: a pointer, or a number of 64 bits that the kernel takes for one.
// A struct with a pointer that is not named here is not passed on.
import type { Pointers } from './conversion.ts';
import { iovec } from './structs.ts';

const bytes = (...fields: string[]): Pointers => Object.fromEntries(fields.map((field) => [field, 'bytes' as const]));
const opaque = (...fields: string[]): Pointers => Object.fromEntries(fields.map((field) => [field, 'opaque' as const]));

export const structPointers: Readonly<Record<string, Pointers>> = {
  // Files.
  btrfs_ioctl_ino_path_args: bytes('fspath'), btrfs_ioctl_logical_ino_args: bytes('inodes'), btrfs_ioctl_send_args: bytes('clone_sources'),
  btrfs_ioctl_encoded_io_args: { iov: (field) => ({ each: { struct: iovec, way: 'in', pointers: bytes('iov_base') }, count: field('iovcnt') }) },
  fsverity_enable_arg: bytes('salt_ptr', 'sig_ptr'), fsverity_read_metadata_arg: bytes('buf_ptr'),
  // Disks and flash.
  nvme_passthru_cmd: bytes('metadata', 'addr'), nvme_passthru_cmd64: bytes('metadata', 'addr'), nvme_user_io: bytes('metadata', 'addr'), opal_read_write_table: bytes('data'),
  opal_shadow_mbr: bytes('data'), mtd_oob_buf: bytes('ptr'), mtd_oob_buf64: bytes('usr_ptr'), mtd_read_req: bytes('usr_data', 'usr_oob'), mtd_write_req: bytes('usr_data', 'usr_oob'),
  floppy_struct: opaque('name'), floppy_drive_struct: opaque('dmabuf'),
  // Graphics.
  drm_version: bytes('name', 'date', 'desc'), drm_unique: bytes('unique'), drm_mode_atomic: bytes('objs_ptr', 'count_props_ptr', 'props_ptr', 'prop_values_ptr'),
  drm_mode_card_res: bytes('fb_id_ptr', 'crtc_id_ptr', 'connector_id_ptr', 'encoder_id_ptr'), drm_mode_create_blob: bytes('data'), drm_mode_get_blob: bytes('data'),
  drm_mode_create_lease: bytes('object_ids'), drm_mode_crtc: bytes('set_connectors_ptr'), drm_mode_crtc_lut: bytes('red', 'green', 'blue'), drm_mode_fb_dirty_cmd: bytes('clips_ptr'),
  drm_mode_get_connector: bytes('encoders_ptr', 'modes_ptr', 'props_ptr', 'prop_values_ptr'), drm_mode_get_lease: bytes('objects_ptr'), drm_mode_get_plane: bytes('format_type_ptr'),
  drm_mode_get_plane_res: bytes('plane_id_ptr'), drm_mode_get_property: bytes('values_ptr', 'enum_blob_ptr'), drm_mode_list_lessees: bytes('lessees_ptr'),
  drm_mode_obj_get_properties: bytes('props_ptr', 'prop_values_ptr'), drm_syncobj_array: bytes('handles'), drm_syncobj_timeline_array: bytes('handles', 'points'),
  drm_syncobj_timeline_wait: bytes('handles', 'points'), drm_syncobj_wait: bytes('handles'), sync_file_info: bytes('sync_fence_info'),
  // Video and sound.
  media_v2_topology: bytes('ptr_entities', 'ptr_interfaces', 'ptr_pads', 'ptr_links'), media_links_enum: bytes('pads', 'links'), v4l2_edid: bytes('edid'), uvc_xu_control_query: bytes('data'),
  uvc_xu_control_mapping: bytes('menu_info'), v4l2_framebuffer: opaque('base'),
  snd_ctl_elem_list: bytes('pids'), snd_xferi: bytes('buf'), snd_hwdep_dsp_image: bytes('image'), snd_seq_port_info: opaque('kernel'),
  // Buses.
  usbdevfs_bulktransfer: bytes('data'), usbdevfs_ctrltransfer: bytes('data'), usbdevfs_disconnectsignal: opaque('context'), usbtmc_ctrlrequest: bytes('data'), usbtmc_message: bytes('message'),
  input_mask: bytes('codes_ptr'), fw_cdev_get_info: bytes('rom', 'bus_reset'), fw_cdev_send_request: bytes('data'), fw_cdev_send_response: bytes('data'),
  fw_cdev_queue_iso: bytes('packets', 'data'), fw_cdev_add_descriptor: bytes('data'), fw_cdev_send_stream_packet: bytes('data'), ipmi_req: bytes('addr', 'msg.data'),
  ipmi_recv: bytes('addr', 'msg.data'),
  // The rest.
  uffdio_range: bytes('start'), uffdio_register: bytes('range.start'), uffdio_copy: bytes('dst', 'src'), uffdio_zeropage: bytes('range.start'), uffdio_writeprotect: bytes('range.start'),
  uffdio_continue: bytes('range.start'),
  ppp_option_data: bytes('ptr'), sock_fprog: bytes('filter'), tee_ioctl_buf_data: bytes('buf_ptr'), tee_ioctl_shm_register_data: bytes('addr'), vduse_iova_umem: bytes('uaddr'),
  vhost_vring_addr: bytes('desc_user_addr', 'used_user_addr', 'avail_user_addr'),
};

/** Requests whose number names the type of a pointer, though the argument is what it points to, the same for guest and host. */
export const namedByPointer: ReadonlySet<string> = new Set(['UI_SET_PHYS', 'DMA_BUF_SET_NAME']);

/** Requests of the catalogue that are not passed on, since what they lead to holds more addresses. */
export const refused: ReadonlySet<string> = new Set([
  'VHOST_SET_MEM_TABLE', 'USBDEVFS_SUBMITURB', 'USBDEVFS_REAPURB', 'USBDEVFS_REAPURBNDELAY', 'USBDEVFS_DISCARDURB', 'USBDEVFS_IOCTL', 'NVME_IOCTL_IO64_CMD_VEC', 'NVME_URING_CMD_IO_VEC',
  'TUNGETFILTER', 'SNDRV_PCM_IOCTL_WRITEN_FRAMES', 'SNDRV_PCM_IOCTL_READN_FRAMES',
]);
