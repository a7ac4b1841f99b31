/* MQTT 3.1.1 load from many devices in one thread, QoS 1, measured to the PUBACK.
 *
 * load PORT CREDENTIALS DEVICES MESSAGES WINDOW RATE BATCH METRICS BASE_MS STEP_MS CONNECTING
 *   CREDENTIALS  file with a line "id secret" for each device, the first DEVICES are used
 *   MESSAGES     in all, spread evenly; WINDOW  unacknowledged messages a device; RATE  messages/s in all, 0 = as fast as it goes
 *   BATCH        readings a message (1: a plain body); METRICS  1 or 2; each device's times are BASE_MS, BASE_MS+STEP_MS, ...
 *   CONNECTING   how many devices connect at the same time; 0 = all, and each begins to send at once, else when all are there
 * Prints "connected" where they connect before, then one line of JSON. Gives up after 120 s without progress.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { IN = 1 << 16, SLOTS = 1 << 16 };
struct device {
  char id[65], secret[129];
  int fd, connected, watching_out;
  unsigned char in[IN];
  int in_size;
  char *out;
  long out_at, out_size, out_room;
  unsigned short next_id;
  long sent, acked, share;
  double *sent_at;
  double retry_at;
};
static struct device *devices;
static int device_count, port, batch, metrics, epoll_fd, refused, connected_count;
static long window, messages, acked_all, sent_all;
static long long base_ms, step_ms;
static double *latencies, connect_begun, all_connected_at;
static char digits[14000][8];

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }

static void watch(struct device *d, int op) {
  struct epoll_event e = {EPOLLIN | (d->watching_out ? EPOLLOUT : 0), {.ptr = d}};
  epoll_ctl(epoll_fd, op, d->fd, &e);
}

static char *room(struct device *d, long size) {
  if (d->out_at && d->out_at == d->out_size) d->out_at = d->out_size = 0;
  if (d->out_size + size > d->out_room) {
    d->out_room = (d->out_size + size) * 2;
    d->out = realloc(d->out, d->out_room);
  }
  return d->out + d->out_size;
}

static void put_packet(struct device *d, int first, const char *body, long size) {
  char *p = room(d, size + 5), *start = p;
  long length = size;
  *p++ = first;
  do { *p++ = (length & 127) | (length > 127 ? 128 : 0); length >>= 7; } while (length);
  memcpy(p, body, size);
  d->out_size += p - start + size;
}

static char *text(char *p, const char *s) {
  int n = strlen(s);
  *p++ = n >> 8; *p++ = n; memcpy(p, s, n);
  return p + n;
}

static void dial(struct device *d) {
  struct sockaddr_in to = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
  int one = 1;
  char body[300], *p = text(body, "MQTT");
  d->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  connect(d->fd, (struct sockaddr *)&to, sizeof to);
  *p++ = 4; *p++ = (char)0xc2; *p++ = 0; *p++ = 60;
  p = text(text(text(p, d->id), d->id), d->secret);
  d->out_at = d->out_size = d->in_size = 0;
  put_packet(d, 0x10, body, p - body);
  d->watching_out = 1;
  watch(d, EPOLL_CTL_ADD);
}

static void redial_later(struct device *d) {
  close(d->fd);
  d->fd = -1;
  if (d->connected) { d->connected = 0; connected_count--; }
  sent_all -= d->sent - d->acked;
  d->sent = d->acked; /* what was not acknowledged goes again */
  d->retry_at = now() + 0.1 + (rand() % 100) / 1000.0;
}

static int values(char *p, long number) {
  const char *t = digits[(number * 7 + (number >> 5)) % 1400 + 2000], *h = digits[(number * 3) % 3000 + 4000];
  return metrics == 1 ? sprintf(p, "{\"temperature\":%s}", t) : sprintf(p, "{\"temperature\":%s,\"humidity\":%s}", t, h);
}

static void publish(struct device *d) {
  static char body[70000];
  char topic[100], *p = body;
  snprintf(topic, sizeof topic, "belvedere/v1/%s/readings", d->id);
  p = text(p, topic);
  d->next_id = d->next_id == 65535 ? 1 : d->next_id + 1;
  *p++ = d->next_id >> 8; *p++ = d->next_id;
  if (batch == 1) {
    p += sprintf(p, "{\"ts\":%lld,\"values\":", base_ms + d->sent * step_ms);
    p += values(p, d->sent);
    *p++ = '}';
  } else {
    p += sprintf(p, "{\"readings\":[");
    for (int i = 0; i < batch; i++) {
      long n = d->sent * batch + i;
      p += sprintf(p, "%s{\"ts\":%lld,\"values\":", i ? "," : "", base_ms + n * step_ms);
      p += values(p, n);
      *p++ = '}';
    }
    p += sprintf(p, "]}");
  }
  put_packet(d, 0x32, body, p - body);
  d->sent_at[d->next_id] = now();
  d->sent++;
  sent_all++;
}

static int can_send(struct device *d) {
  return d->connected && d->sent < d->share && d->sent - d->acked < window && d->out_size - d->out_at < 1 << 18;
}

static int flush(struct device *d) {
  while (d->out_at < d->out_size) {
    long n = send(d->fd, d->out + d->out_at, d->out_size - d->out_at, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno != EAGAIN && errno != ENOTCONN && errno != EINPROGRESS) return -1;
      if (!d->watching_out) { d->watching_out = 1; watch(d, EPOLL_CTL_MOD); }
      return 0;
    }
    d->out_at += n;
  }
  if (d->watching_out) { d->watching_out = 0; watch(d, EPOLL_CTL_MOD); }
  return 0;
}

static int receive(struct device *d) {
  long n = recv(d->fd, d->in + d->in_size, IN - d->in_size, 0);
  if (n == 0 || (n < 0 && errno != EAGAIN)) return -1;
  if (n < 0) return 0;
  d->in_size += n;
  int at = 0;
  double t = now();
  while (d->in_size - at >= 2 && d->in_size - at >= 2 + d->in[at + 1]) {
    unsigned char *p = d->in + at;
    if (p[0] == 0x20) {
      if (p[3]) { refused = p[3]; return -1; }
      d->connected = 1;
      if (++connected_count == device_count && !all_connected_at) all_connected_at = t;
    } else if (p[0] == 0x40) {
      if (acked_all < messages) latencies[acked_all] = t - d->sent_at[p[2] << 8 | p[3]];
      d->acked++;
      acked_all++;
    }
    at += 2 + p[1];
  }
  memmove(d->in, d->in + at, d->in_size - at);
  d->in_size -= at;
  return 0;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc != 12) { fprintf(stderr, "load PORT CREDENTIALS DEVICES MESSAGES WINDOW RATE BATCH METRICS BASE_MS STEP_MS CONNECTING\n"); return 2; }
  port = atoi(argv[1]); device_count = atoi(argv[3]); messages = atol(argv[4]); window = atol(argv[5]);
  double rate = atof(argv[6]);
  batch = atoi(argv[7]); metrics = atoi(argv[8]); base_ms = atoll(argv[9]); step_ms = atoll(argv[10]);
  int connecting = atoi(argv[11]), dialed = 0;
  struct rlimit files = {65536, 65536};
  setrlimit(RLIMIT_NOFILE, &files);
  for (int i = 0; i < 14000; i++) sprintf(digits[i], "%d.%02d", i / 100, i % 100);
  devices = calloc(device_count, sizeof *devices);
  latencies = calloc(messages + 1, sizeof *latencies);
  FILE *file = fopen(argv[2], "r");
  for (int i = 0; i < device_count; i++) {
    struct device *d = devices + i;
    if (!file || fscanf(file, "%64s %128s", d->id, d->secret) != 2) { fprintf(stderr, "too few credentials\n"); return 2; }
    d->share = messages / device_count + (i < messages % device_count);
    d->sent_at = calloc(SLOTS, sizeof(double));
    d->fd = -1;
    d->retry_at = 1e18;
  }
  epoll_fd = epoll_create1(0);
  connect_begun = now();
  double begun = 0, progress = now();
  long seen = 0;
  int seen_connected = 0;
  static struct epoll_event events[1024];
  while (acked_all < messages) {
    while (dialed < device_count && (!connecting || dialed - connected_count < connecting)) dial(devices + dialed++);
    int n = epoll_wait(epoll_fd, events, 1024, 1);
    for (int i = 0; i < n; i++) {
      struct device *d = events[i].data.ptr;
      if (d->fd < 0) continue;
      int bad = (events[i].events & (EPOLLERR | EPOLLHUP)) || ((events[i].events & EPOLLIN) && receive(d));
      if (refused) { printf("{\"error\":\"refused with code %d\"}\n", refused); return 1; }
      if (bad || flush(d)) redial_later(d);
    }
    double t = now();
    if (!begun && (connecting ? all_connected_at > 0 : connected_count > 0)) {
      begun = progress = t;
      if (connecting) { printf("connected\n"); fflush(stdout); }
    }
    long allowed = !begun ? 0 : rate > 0 ? (long)((t - begun) * rate) : messages;
    for (int i = 0; i < device_count; i++) {
      struct device *d = devices + i;
      if (d->fd < 0 && t > d->retry_at) dial(d);
    }
    /* A steady rate goes round the devices, a message each, until it is caught up; else each fills its window. */
    long before;
    do {
      before = sent_all;
      for (int i = 0; i < device_count && sent_all < allowed; i++) {
        struct device *d = devices + (i + seen) % device_count;
        int any = 0;
        while (can_send(d) && sent_all < allowed) {
          publish(d);
          any = 1;
          if (rate > 0) break;
        }
        if (any && flush(d)) redial_later(d);
      }
    } while (rate > 0 && sent_all < allowed && sent_all > before);
    if (!begun && connected_count > seen_connected) { seen_connected = connected_count; progress = t; }
    if (acked_all != seen) { seen = acked_all; progress = t; }
    if (t - progress > 120) { printf("{\"error\":\"no progress for 120 s after %ld messages\"}\n", acked_all); return 1; }
  }
  double end = now();
  qsort(latencies, messages, sizeof *latencies, ascending);
  printf("{\"messages\":%ld,\"seconds\":%.4f,\"rate\":%.1f,\"connect_seconds\":%.4f,\"total_seconds\":%.4f,"
         "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
         messages, end - begun, messages / (end - begun), all_connected_at ? all_connected_at - connect_begun : -1.0,
         end - connect_begun, latencies[messages / 2] * 1e3, latencies[messages * 99 / 100] * 1e3, latencies[messages - 1] * 1e3);
  return 0;
}
