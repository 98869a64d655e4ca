// The options of sockets: their names, by level, and how the values of those are converted that are not the same for guest and host.
import { filterProgram, type Conversion } from './conversion.ts';
import { sctpGetaddrsOld, timeval } from './structs.ts';

/**
 * A struct that is converted: in for setsockopt, both for getsockopt. 'groups': a number, then addresses aligned as a long. 'counters': iptables'
 * table, which a pointer to counters is in. 'zerocopy':
 * struct tcp_zerocopy_receive, as much of it as the program knows. 'refused': longs and pointers throughout.
 */
export type OptionForm = Conversion | 'groups' | 'counters' | 'zerocopy' | 'refused';
export type Level = { readonly name: string; readonly options: Readonly<Record<number, string>> };

const SOL_IP = 0, SOL_SOCKET = 1, SOL_TCP = 6, SOL_IPV6 = 41, SOL_SCTP = 132, SOL_PACKET = 263;
const numbered = (prefix: string, names: Readonly<Record<string, number>>): Readonly<Record<number, string>> =>
  Object.fromEntries(Object.entries(names).map(([name, number]) => [number, prefix + name]));

const groupNames = {
  MCAST_JOIN_GROUP: 42, MCAST_BLOCK_SOURCE: 43, MCAST_UNBLOCK_SOURCE: 44, MCAST_LEAVE_GROUP: 45, MCAST_JOIN_SOURCE_GROUP: 46, MCAST_LEAVE_SOURCE_GROUP: 47, MCAST_MSFILTER: 48,
} as const;

export const levels: Readonly<Record<number, Level>> = {
  [SOL_IP]: {
    name: 'SOL_IP', options: {
      ...numbered('IP_', {
        TOS: 1, TTL: 2, HDRINCL: 3, OPTIONS: 4, ROUTER_ALERT: 5, RECVOPTS: 6, RETOPTS: 7, PKTINFO: 8, PKTOPTIONS: 9, MTU_DISCOVER: 10, RECVERR: 11, RECVTTL: 12, RECVTOS: 13, MTU: 14, FREEBIND: 15,
        IPSEC_POLICY: 16, XFRM_POLICY: 17, PASSSEC: 18, TRANSPARENT: 19, ORIGDSTADDR: 20, MINTTL: 21, NODEFRAG: 22, CHECKSUM: 23, BIND_ADDRESS_NO_PORT: 24, RECVFRAGSIZE: 25, RECVERR_RFC4884: 26,
        MULTICAST_IF: 32, MULTICAST_TTL: 33, MULTICAST_LOOP: 34, ADD_MEMBERSHIP: 35, DROP_MEMBERSHIP: 36, UNBLOCK_SOURCE: 37, BLOCK_SOURCE: 38, ADD_SOURCE_MEMBERSHIP: 39,
        DROP_SOURCE_MEMBERSHIP: 40, MSFILTER: 41, MULTICAST_ALL: 49, UNICAST_IF: 50, LOCAL_PORT_RANGE: 51, PROTOCOL: 52,
      }), ...numbered('', groupNames),
    },
  },
  [SOL_SOCKET]: {
    name: 'SOL_SOCKET', options: numbered('SO_', {
      DEBUG: 1, REUSEADDR: 2, TYPE: 3, ERROR: 4, DONTROUTE: 5, BROADCAST: 6, SNDBUF: 7, RCVBUF: 8, KEEPALIVE: 9, OOBINLINE: 10, NO_CHECK: 11, PRIORITY: 12, LINGER: 13, BSDCOMPAT: 14, REUSEPORT: 15,
      PASSCRED: 16, PEERCRED: 17, RCVLOWAT: 18, SNDLOWAT: 19, RCVTIMEO_OLD: 20, SNDTIMEO_OLD: 21, SECURITY_AUTHENTICATION: 22, SECURITY_ENCRYPTION_TRANSPORT: 23, SECURITY_ENCRYPTION_NETWORK: 24,
      BINDTODEVICE: 25, ATTACH_FILTER: 26, DETACH_FILTER: 27, PEERNAME: 28, TIMESTAMP_OLD: 29, ACCEPTCONN: 30, PEERSEC: 31, SNDBUFFORCE: 32, RCVBUFFORCE: 33, PASSSEC: 34, TIMESTAMPNS_OLD: 35,
      MARK: 36, TIMESTAMPING_OLD: 37, PROTOCOL: 38, DOMAIN: 39, RXQ_OVFL: 40, WIFI_STATUS: 41, PEEK_OFF: 42, NOFCS: 43, LOCK_FILTER: 44, SELECT_ERR_QUEUE: 45, BUSY_POLL: 46, MAX_PACING_RATE: 47,
      BPF_EXTENSIONS: 48, INCOMING_CPU: 49, ATTACH_BPF: 50, ATTACH_REUSEPORT_CBPF: 51, ATTACH_REUSEPORT_EBPF: 52, CNX_ADVICE: 53, MEMINFO: 55, INCOMING_NAPI_ID: 56, COOKIE: 57, PEERGROUPS: 59,
      ZEROCOPY: 60, TXTIME: 61, BINDTOIFINDEX: 62, TIMESTAMP_NEW: 63, TIMESTAMPNS_NEW: 64, TIMESTAMPING_NEW: 65, RCVTIMEO_NEW: 66, SNDTIMEO_NEW: 67, DETACH_REUSEPORT_BPF: 68, PREFER_BUSY_POLL: 69,
      BUSY_POLL_BUDGET: 70, NETNS_COOKIE: 71, BUF_LOCK: 72, RESERVE_MEM: 73, TXREHASH: 74, RCVMARK: 75, PASSPIDFD: 76, PEERPIDFD: 77,
    }),
  },
  [SOL_TCP]: {
    name: 'SOL_TCP', options: numbered('TCP_', {
      NODELAY: 1, MAXSEG: 2, CORK: 3, KEEPIDLE: 4, KEEPINTVL: 5, KEEPCNT: 6, SYNCNT: 7, LINGER2: 8, DEFER_ACCEPT: 9, WINDOW_CLAMP: 10, INFO: 11, QUICKACK: 12, CONGESTION: 13, MD5SIG: 14,
      THIN_LINEAR_TIMEOUTS: 16, THIN_DUPACK: 17, USER_TIMEOUT: 18, REPAIR: 19, REPAIR_QUEUE: 20, QUEUE_SEQ: 21, REPAIR_OPTIONS: 22, FASTOPEN: 23, TIMESTAMP: 24, NOTSENT_LOWAT: 25, CC_INFO: 26,
      SAVE_SYN: 27, SAVED_SYN: 28, REPAIR_WINDOW: 29, FASTOPEN_CONNECT: 30, ULP: 31, MD5SIG_EXT: 32, FASTOPEN_KEY: 33, FASTOPEN_NO_COOKIE: 34, ZEROCOPY_RECEIVE: 35, INQ: 36, TX_DELAY: 37,
    }),
  },
  17: { name: 'SOL_UDP', options: numbered('UDP_', { CORK: 1, ENCAP: 100, NO_CHECK6_TX: 101, NO_CHECK6_RX: 102, SEGMENT: 103, GRO: 104 }) },
  [SOL_IPV6]: {
    name: 'SOL_IPV6', options: {
      ...numbered('IPV6_', {
        ADDRFORM: 1, '2292PKTINFO': 2, '2292HOPOPTS': 3, '2292DSTOPTS': 4, '2292RTHDR': 5, '2292PKTOPTIONS': 6, CHECKSUM: 7, '2292HOPLIMIT': 8, NEXTHOP: 9, AUTHHDR: 10, FLOWINFO: 11,
        UNICAST_HOPS: 16, MULTICAST_IF: 17, MULTICAST_HOPS: 18, MULTICAST_LOOP: 19, ADD_MEMBERSHIP: 20, DROP_MEMBERSHIP: 21, ROUTER_ALERT: 22, MTU_DISCOVER: 23, MTU: 24, RECVERR: 25, V6ONLY: 26,
        JOIN_ANYCAST: 27, LEAVE_ANYCAST: 28, MULTICAST_ALL: 29, ROUTER_ALERT_ISOLATE: 30, RECVERR_RFC4884: 31, FLOWLABEL_MGR: 32, FLOWINFO_SEND: 33, IPSEC_POLICY: 34, XFRM_POLICY: 35,
        HDRINCL: 36, RECVPKTINFO: 49, PKTINFO: 50, RECVHOPLIMIT: 51, HOPLIMIT: 52, RECVHOPOPTS: 53, HOPOPTS: 54, RTHDRDSTOPTS: 55, RECVRTHDR: 56, RTHDR: 57, RECVDSTOPTS: 58, DSTOPTS: 59,
        RECVPATHMTU: 60, PATHMTU: 61, DONTFRAG: 62, RECVTCLASS: 66, TCLASS: 67, AUTOFLOWLABEL: 70, ADDR_PREFERENCES: 72, MINHOPCOUNT: 73, ORIGDSTADDR: 74, TRANSPARENT: 75, UNICAST_IF: 76,
        RECVFRAGSIZE: 77, FREEBIND: 78,
      }), ...numbered('', groupNames),
    },
  },
  [SOL_PACKET]: {
    name: 'SOL_PACKET', options: numbered('PACKET_', {
      ADD_MEMBERSHIP: 1, DROP_MEMBERSHIP: 2, RECV_OUTPUT: 3, RX_RING: 5, STATISTICS: 6, COPY_THRESH: 7, AUXDATA: 8, ORIGDEV: 9, VERSION: 10, HDRLEN: 11, RESERVE: 12, TX_RING: 13, LOSS: 14,
      VNET_HDR: 15, TX_TIMESTAMP: 16, TIMESTAMP: 17, FANOUT: 18, TX_HAS_OFF: 19, QDISC_BYPASS: 20, ROLLOVER_STATS: 21, FANOUT_DATA: 22, IGNORE_OUTGOING: 23,
    }),
  },
  270: {
    name: 'SOL_NETLINK', options: numbered('NETLINK_', {
      ADD_MEMBERSHIP: 1, DROP_MEMBERSHIP: 2, PKTINFO: 3, BROADCAST_ERROR: 4, NO_ENOBUFS: 5, RX_RING: 6, TX_RING: 7, LISTEN_ALL_NSID: 8, LIST_MEMBERSHIPS: 9, CAP_ACK: 10, EXT_ACK: 11, GET_STRICT_CHK: 12,
    }),
  },
  [SOL_SCTP]: { name: 'SOL_SCTP', options: { 111: 'SCTP_SOCKOPT_CONNECTX3' } },
};

/** Options that -strace shows as text. */
export const textOptions: ReadonlySet<string> = new Set(['SO_BINDTODEVICE', 'TCP_CONGESTION', 'TCP_ULP']);

const time: Conversion = { struct: timeval, way: 'both' };
/** By name, how the values of options are converted that are not the same bytes. */
const forms: Readonly<Record<string, OptionForm>> = {
  SO_RCVTIMEO_OLD: time, SO_SNDTIMEO_OLD: time, SO_ATTACH_FILTER: filterProgram, SO_ATTACH_REUSEPORT_CBPF: filterProgram, PACKET_FANOUT_DATA: filterProgram,
  TCP_ZEROCOPY_RECEIVE: 'zerocopy', SCTP_SOCKOPT_CONNECTX3: { struct: sctpGetaddrsOld, way: 'both', pointers: { addrs: 'bytes' } }, ...Object.fromEntries(Object.keys(groupNames).map((name) => [name, 'groups' as const])),
};
/** The tables of iptables and ip6tables (64, 65), of arptables (96, 97) and ebtables (128 to 131), at the levels of IP and IPv6. */
const tableForms: Readonly<Record<number, OptionForm>> = { 64: 'counters', 65: 'refused', 96: 'refused', 97: 'refused', 128: 'refused', 129: 'refused', 130: 'refused', 131: 'refused' };

/** How an option's value is converted; undefined for bytes that are the same. */
export function optionForm(level: number, option: number): OptionForm | undefined {
  const name = levels[level]?.options[option];
  return name !== undefined ? forms[name] : level === SOL_IP || level === SOL_IPV6 ? tableForms[option] : undefined;
}
