//> reference: host
//> modes: O2 static
// ioctls of what every machine has: terminals, sockets, files, pipes, namespaces, pidfds, loop and network devices; and requests that nobody knows.
#define _GNU_SOURCE
#include "check.h"
#include <asm/ioctls.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fiemap.h>
#include <linux/if_tun.h>
#include <linux/if.h>
#include <linux/loop.h>
#include <linux/nsfs.h>
#include <linux/random.h>
#include <linux/sockios.h>
#include <linux/filter.h>
#include <linux/fsverity.h>
#include <linux/fscrypt.h>
#include <linux/videodev2.h>
#include <linux/i2c.h>
#include <linux/i2c-dev.h>
#include <scsi/sg.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRY(fd, request, argument) works(#request, ioctl(fd, request, argument))

static void files(void) {
  int f = open("file", O_RDWR | O_CREAT, 0600);
  if (write(f, "0123456789", 10) != 10) perror("write");
  int n = -1;
  long long size = -1;
  lseek(f, 4, SEEK_SET);
  if (TRY(f, FIONREAD, &n) == 0) printf("%d\n", n);
  if (TRY(f, FIOQSIZE, &size) == 0) printf("%lld\n", size);
  if (TRY(f, FIGETBSZ, &n) == 0) printf("%d\n", n > 0);
  TRY(f, FIOCLEX, 0);
  printf("%d\n", fcntl(f, F_GETFD));
  TRY(f, FIONCLEX, 0);
  n = 1;
  TRY(f, FIONBIO, &n);
  printf("%d\n", (fcntl(f, F_GETFL) & O_NONBLOCK) != 0);
  struct { struct fiemap map; struct fiemap_extent extents[2]; } extents = {{.fm_length = ~0ull, .fm_extent_count = 2}};
  TRY(f, FS_IOC_FIEMAP, &extents);
  struct fsverity_enable_arg verity = {.version = 1, .hash_algorithm = 1, .block_size = 4096, .salt_size = 4, .salt_ptr = (unsigned long)"salt"};
  TRY(f, FS_IOC_ENABLE_VERITY, &verity);
  struct fscrypt_get_key_status_arg key = {.key_spec = {.type = 1}};
  TRY(f, FS_IOC_GET_ENCRYPTION_KEY_STATUS, &key);
  struct file_clone_range range = {.src_fd = -1};
  TRY(f, FICLONERANGE, &range);
  TRY(f, FICLONE, -1);
  TRY(f, 0x4711, 5);
  TRY(f, _IOR('x', 99, int), &n);
  TRY(f, _IOWR(0xAE, 2, int), 0);
  TRY(-1, FIONREAD, &n);
  TRY(f, FIONREAD, (void *)16);
}

static void network(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq r = {.ifr_name = "lo"};
  if (TRY(s, SIOCGIFINDEX, &r) == 0) printf("%d\n", r.ifr_ifindex);
  if (TRY(s, SIOCGIFMTU, &r) == 0) printf("%d\n", r.ifr_mtu > 0);
  if (TRY(s, SIOCGIFFLAGS, &r) == 0) printf("%d\n", (r.ifr_flags & IFF_LOOPBACK) != 0);
  if (TRY(s, SIOCGIFNAME, &r) == 0) printf("%s\n", r.ifr_name);
  struct ifreq none = {.ifr_name = "nosuch0"};
  TRY(s, SIOCGIFINDEX, &none);
  struct ifreq list[8];
  struct ifconf c = {.ifc_len = sizeof list, .ifc_req = list};
  if (TRY(s, SIOCGIFCONF, &c) == 0) for (int i = 0; i < c.ifc_len / (int)sizeof *list; i++) if (!strcmp(list[i].ifr_name, "lo")) printf("%s\n", list[i].ifr_name);
  int tun = open("/dev/net/tun", O_RDWR);
  if (tun >= 0) {
    unsigned features = 0;
    if (TRY(tun, TUNGETFEATURES, &features) == 0) printf("%x\n", features & IFF_TAP);
    struct ifreq t = {.ifr_name = "tsemu%d", .ifr_flags = IFF_TAP | IFF_NO_PI};
    if (TRY(tun, TUNSETIFF, &t) == 0) {
      printf("%d\n", strncmp(t.ifr_name, "tsemu", 5));
      struct sock_filter drop[1] = {BPF_STMT(BPF_RET | BPF_K, 0)};
      struct sock_fprog program = {1, drop};
      TRY(tun, TUNATTACHFILTER, &program);
      int size = -1;
      TRY(tun, TUNGETVNETHDRSZ, &size);
      printf("%d\n", size);
    }
  }
}

static void namespaces(void) {
  int ns = open("/proc/self/ns/net", O_RDONLY);
  int type = ioctl(ns, NS_GET_NSTYPE);
  printf("%d\n", type == CLONE_NEWNET);
  int user = ioctl(ns, NS_GET_USERNS);
  printf("%d\n", user >= 0);
  unsigned uid = 77;
  if (TRY(user, NS_GET_OWNER_UID, &uid) == 0) printf("%u\n", uid);
  int pid = syscall(SYS_pidfd_open, getpid(), 0);
  int own = ioctl(pid, _IO(0xff, 4), 0);
  printf("pidfd %d\n", own >= 0 || errno == EPERM || errno == ENOTTY);
}

// Structs with pointers in them, whose devices are not there: the descriptor refuses after everything was converted.
static void absent(void) {
  int f = open("/dev/null", O_RDWR);
  struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
  TRY(f, VIDIOC_QBUF, &buffer);
  struct v4l2_ext_control control = {.id = 1};
  struct v4l2_ext_controls controls = {.count = 1, .controls = &control};
  TRY(f, VIDIOC_G_EXT_CTRLS, &controls);
  struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
  TRY(f, VIDIOC_S_FMT, &format);
  char byte;
  struct i2c_msg message = {.len = 1, .buf = (unsigned char *)&byte};
  struct i2c_rdwr_ioctl_data transfer = {&message, 1};
  TRY(f, I2C_RDWR, &transfer);
  sg_io_hdr_t io = {.interface_id = 'S', .cmdp = (unsigned char *)&byte, .cmd_len = 1};
  TRY(f, SG_IO, &io);
  struct v4l2_capability capability;
  TRY(f, VIDIOC_QUERYCAP, &capability);
  int entropy = -1, random = open("/dev/urandom", O_RDONLY);
  if (TRY(random, RNDGETENTCNT, &entropy) == 0) printf("%d\n", entropy > 0);
}

int main(void) {
  files();
  network();
  namespaces();
  absent();
  return 0;
}
