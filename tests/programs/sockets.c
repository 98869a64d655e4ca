//> reference: host
//> modes: O2 static
// Sockets: options with structs and pointers, control messages both ways, many messages in a call, addresses of several families, netlink.
#define _GNU_SOURCE
#include "check.h"
#include <arpa/inet.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/if_alg.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int server(int family, int type) {
  int s = socket(family, type, 0);
  struct sockaddr_in a = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_in6 b = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  works("bind", family == AF_INET ? bind(s, (void *)&a, sizeof a) : bind(s, (void *)&b, sizeof b));
  return s;
}

static void toItself(int s, const char *text) {
  struct sockaddr_storage a;
  socklen_t l = sizeof a;
  getsockname(s, (void *)&a, &l);
  check("sendto", sendto(s, text, strlen(text), 0, (void *)&a, l));
}

static void options(void) {
  int s = server(AF_INET, SOCK_DGRAM);
  struct sock_filter all[] = {BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 12, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, 100)};
  struct sock_fprog program = {4, all};
  check("SO_ATTACH_FILTER", setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
  toItself(s, "too long");
  toItself(s, "good");
  char text[32] = "";
  check("filtered", recv(s, text, sizeof text, MSG_DONTWAIT));
  printf("%s\n", text);
  struct sock_filter got[8];
  socklen_t count = 8;
  check("SO_GET_FILTER", getsockopt(s, SOL_SOCKET, SO_GET_FILTER, got, &count));
  printf("%u %d\n", count, memcmp(got, all, sizeof all));
  program.len = 0;
  check("empty filter", setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
  check("short filter", setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &program, 2));
  struct timeval t = {3, 250000}, back = {0, 0};
  socklen_t l = sizeof back;
  check("SO_RCVTIMEO", setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
  check("get SO_RCVTIMEO", getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &back, &l));
  printf("%ld %ld %d\n", (long)back.tv_sec, (long)back.tv_usec, l == sizeof back);
  long long wide[2] = {0, 0};
  l = sizeof wide;
  check("get SO_RCVTIMEO_NEW", getsockopt(s, SOL_SOCKET, 66, wide, &l));
  printf("%lld %lld %u\n", wide[0], wide[1], l);
  struct group_req group = {.gr_interface = 1};
  *(struct sockaddr_in *)&group.gr_group = (struct sockaddr_in){AF_INET, 0, {htonl(0xe0010203)}};
  check("MCAST_JOIN_GROUP", setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, &group, sizeof group));
  check("again", setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, &group, sizeof group));
  struct group_filter sources = {.gf_interface = 1, .gf_group = group.gr_group, .gf_numsrc = 1};
  l = sizeof sources;
  check("MCAST_MSFILTER", getsockopt(s, IPPROTO_IP, MCAST_MSFILTER, &sources, &l));
  printf("%u %u\n", sources.gf_fmode, sources.gf_numsrc);
  check("MCAST_LEAVE_GROUP", setsockopt(s, IPPROTO_IP, MCAST_LEAVE_GROUP, &group, sizeof group));
  struct linger linger = {1, 7};
  check("SO_LINGER", setsockopt(s, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
  check("no such", setsockopt(s, SOL_SOCKET, 999, &linger, sizeof linger));
  int tcp = socket(AF_INET, SOCK_STREAM, 0);
  struct tcp_info info;
  l = sizeof info;
  check("TCP_INFO", getsockopt(tcp, IPPROTO_TCP, TCP_INFO, &info, &l));
  printf("%d\n", info.tcpi_state);
  close(tcp);
  close(s);
}

/** Received pages would be mapped; over the loopback the kernel says how much is to be copied instead. */
static void zerocopy(void) {
  int listening = server(AF_INET, SOCK_STREAM), to = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a;
  socklen_t l = sizeof a;
  listen(listening, 1);
  getsockname(listening, (void *)&a, &l);
  check("connect", connect(to, (void *)&a, l));
  int from = accept(listening, 0, 0);
  static char text[8192];
  check("send", send(to, text, sizeof text, 0));
  void *room = mmap(0, 8192, PROT_READ, MAP_SHARED, from, 0);
  if (works("mmap", room == MAP_FAILED ? -1 : 0) < 0) return;
  struct { unsigned long long address; unsigned length, skip, inq; int err; unsigned long long copy; int copied; unsigned flags; } z = {.address = (unsigned long)room, .length = 8192};
  l = sizeof z;
  check("TCP_ZEROCOPY_RECEIVE", getsockopt(from, IPPROTO_TCP, 35, &z, &l));
  printf("%u %u %d\n", z.length + z.skip, l, z.address == (unsigned long)room);
  l = 16;
  check("as of long ago", getsockopt(from, IPPROTO_TCP, 35, &z, &l));
}

/** Receives and prints every control message. */
static void receive(int s, int flags, size_t room) {
  union { char bytes[512]; struct cmsghdr header; } control;
  char text[64] = "";
  struct iovec v = {text, sizeof text};
  struct sockaddr_storage from;
  struct msghdr m = {&from, sizeof from, &v, 1, &control, room, 0};
  long n = recvmsg(s, &m, flags | MSG_DONTWAIT);
  printf("recvmsg %ld %s flags %x\n", n, n < 0 ? strerrorname_np(errno) : text, m.msg_flags);
  if (n < 0) return;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    printf(" level %d type %d", c->cmsg_level, c->cmsg_type);
    void *data = CMSG_DATA(c);
    size_t bytes = c->cmsg_len - CMSG_LEN(0);
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) printf(" %zu descriptors", bytes / sizeof(int));
    else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS) printf(" %d %d", ((struct ucred *)data)->pid == getpid(), ((struct ucred *)data)->uid == getuid());
    else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMP) printf(" %d %d", bytes == sizeof(struct timeval), labs(((struct timeval *)data)->tv_sec - time(0)) < 100);
    else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) printf(" %d %d", bytes == sizeof(struct timespec), labs(((struct timespec *)data)->tv_sec - time(0)) < 100);
    else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) printf(" %d %s", ((struct in_pktinfo *)data)->ipi_ifindex, inet_ntoa(((struct in_pktinfo *)data)->ipi_addr));
    else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) printf(" %u", ((struct in6_pktinfo *)data)->ipi6_ifindex);
    else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) printf(" %u %u", ((struct sock_extended_err *)data)->ee_errno, ((struct sock_extended_err *)data)->ee_origin);
    else if (bytes == 4) printf(" %d", *(int *)data);
    printf("\n");
  }
}

static void controls(void) {
  int one = 1;
  int s = server(AF_INET, SOCK_DGRAM);
  int wanted[] = {IP_PKTINFO, IP_RECVTTL, IP_RECVTOS, IP_RECVERR};
  for (int i = 0; i < 4; i++) setsockopt(s, IPPROTO_IP, wanted[i], &one, sizeof one);
  setsockopt(s, SOL_SOCKET, SO_TIMESTAMP, &one, sizeof one);
  toItself(s, "first");
  receive(s, 0, 512);
  setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
  toItself(s, "second");
  receive(s, 0, 512);
  toItself(s, "no room");
  receive(s, 0, 0);
  // Nobody listens at that port: the error comes back in the queue.
  int other = server(AF_INET, SOCK_DGRAM);
  struct sockaddr_in a;
  socklen_t l = sizeof a;
  getsockname(other, (void *)&a, &l);
  close(other);
  check("to nobody", sendto(s, "x", 1, 0, (void *)&a, l));
  struct pollfd p = {s, 0, 0};
  poll(&p, 1, 1000);
  receive(s, MSG_ERRQUEUE, 512);
  // The address to send from is said by a control message.
  union { char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))]; struct cmsghdr header; } control = {{0}};
  control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
  ((struct in_pktinfo *)CMSG_DATA(&control.header))->ipi_spec_dst.s_addr = htonl(0x7f000005);
  getsockname(s, (void *)&a, &l);
  struct iovec v = {"from", 4};
  struct msghdr m = {&a, sizeof a, &v, 1, &control, sizeof control, 0};
  check("sendmsg", sendmsg(s, &m, 0));
  receive(s, 0, 512);
  close(s);
  int six = server(AF_INET6, SOCK_DGRAM);
  setsockopt(six, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof one);
  setsockopt(six, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &one, sizeof one);
  toItself(six, "six");
  receive(six, 0, 512);
  close(six);
}

static void local(void) {
  int pair[2], one = 1;
  socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
  setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof one);
  union { char bytes[CMSG_SPACE(3 * sizeof(int))]; struct cmsghdr header; } control = {{0}};
  control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(3 * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  memcpy(CMSG_DATA(&control.header), (int[]){0, 1, 1}, 3 * sizeof(int));
  struct iovec v = {"rights", 6};
  struct msghdr m = {0, 0, &v, 1, &control, CMSG_LEN(3 * sizeof(int)), 0};
  check("rights", sendmsg(pair[0], &m, 0));
  receive(pair[1], 0, 512);
  check("rights", sendmsg(pair[0], &m, 0));
  receive(pair[1], 0, CMSG_SPACE(sizeof(struct ucred)));
  control.header.cmsg_len = 3;
  check("bad length", sendmsg(pair[0], &m, 0));
  struct sockaddr_un a = {.sun_family = AF_UNIX}, got;
  sprintf(a.sun_path + 1, "tsemu-%d", getpid());
  int s = socket(AF_UNIX, SOCK_DGRAM, 0);
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(a.sun_path + 1);
  check("abstract", bind(s, (void *)&a, length));
  socklen_t l = sizeof got;
  check("getsockname", getsockname(s, (void *)&got, &l));
  printf("%d %d\n", l == length, memcmp(&a, &got, length));
}

static void many(void) {
  int pair[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
  struct iovec v[3] = {{"a", 1}, {"bb", 2}, {"ccc", 3}};
  struct mmsghdr out[3] = {{{0}}}, in[5] = {{{0}}};
  for (int i = 0; i < 3; i++) out[i].msg_hdr = (struct msghdr){.msg_iov = v + i, .msg_iovlen = 1};
  check("sendmmsg", sendmmsg(pair[0], out, 3, 0));
  char text[5][8];
  struct iovec w[5];
  for (int i = 0; i < 5; i++) { w[i] = (struct iovec){text[i], 8}; in[i].msg_hdr = (struct msghdr){.msg_iov = w + i, .msg_iovlen = 1}; }
  struct timespec t = {1, 0};
  int n = check("recvmmsg", recvmmsg(pair[1], in, 5, MSG_WAITFORONE, &t));
  for (int i = 0; i < n; i++) printf("%u %u\n", out[i].msg_len, in[i].msg_len);
}

static void families(void) {
  int alg = socket(AF_ALG, SOCK_SEQPACKET, 0);
  if (alg >= 0) {
    struct sockaddr_alg a = {.salg_family = AF_ALG, .salg_type = "hash", .salg_name = "sha1"};
    if (works("sha1", bind(alg, (void *)&a, sizeof a)) >= 0) {
      int op = accept(alg, 0, 0);
      unsigned char digest[20] = {0};
      check("write", write(op, "abc", 3));
      check("read", read(op, digest, 20));
      printf("%02x%02x\n", digest[0], digest[19]);
    }
  }
  int vm = socket(AF_VSOCK, SOCK_STREAM, 0);
  if (vm >= 0) {
    struct sockaddr_vm a = {.svm_family = AF_VSOCK, .svm_port = 77777, .svm_cid = VMADDR_CID_ANY}, got;
    socklen_t l = sizeof got;
    works("vsock", bind(vm, (void *)&a, sizeof a));
    getsockname(vm, (void *)&got, &l);
    printf("%u\n", got.svm_port);
  }
}

static void netlink(void) {
  int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  struct { struct nlmsghdr h; struct rtgenmsg g; } ask = {{sizeof ask, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {AF_UNSPEC}};
  works("dump", send(s, &ask, sizeof ask, 0));
  static char buffer[65536];
  int n = recv(s, buffer, sizeof buffer, 0);
  for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
    if (h->nlmsg_type != RTM_NEWLINK) continue;
    struct ifinfomsg *link = NLMSG_DATA(h);
    int bytes = IFLA_PAYLOAD(h);
    for (struct rtattr *a = IFLA_RTA(link); RTA_OK(a, bytes); a = RTA_NEXT(a, bytes)) if (a->rta_type == IFLA_IFNAME && link->ifi_index == 1) printf("%s\n", (char *)RTA_DATA(a));
  }
  int d = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG), listening = server(AF_INET, SOCK_STREAM);
  listen(listening, 1);
  struct sockaddr_in own;
  socklen_t l = sizeof own;
  getsockname(listening, (void *)&own, &l);
  struct { struct nlmsghdr h; struct inet_diag_req_v2 r; } diag = {{sizeof diag, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = -1}};
  if (d < 0 || send(d, &diag, sizeof diag, 0) < 0) { printf("no sock_diag\n"); return; }
  int found = 0;
  for (int end = 0; !end;) {
    n = recv(d, buffer, sizeof buffer, 0);
    if (n <= 0) break;
    for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) { end = 1; break; }
      found |= ((struct inet_diag_msg *)NLMSG_DATA(h))->id.idiag_sport == own.sin_port;
    }
  }
  printf("listening %d\n", found);
}

int main(void) {
  options();
  zerocopy();
  controls();
  local();
  many();
  families();
  netlink();
  return 0;
}
