/* The least that fan-out can cost on this machine: the same bytes to many sockets, with nothing of RTMP around them.
 *
 *   gcc -O2 -o fanout fanout.c        (tools/bench/src/fanout/baseline.ts does that)
 *
 *   fanout serve RECEIVERS            writes what a log says, one send() for each receiver and line of the log:
 *                                     stdin has a line "ms bytes" for each write. Says "port N"; when so many receivers
 *                                     are there writes "ready" and begins; at the end "writes seconds-of-cpu".
 *   fanout receive PORT COUNT RATE    connects COUNT times, RATE a second, sends each what stdin holds, reads, forgets.
 *                                     Says "connected"; when stdin's other side or all connections close, the fewest and
 *                                     the most bytes that one of them got.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LINES = 100000, MAX_WRITE = 4 << 20, EVENTS = 512 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double cpu_seconds(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void watch(int epoll, int socket, int index, int events, int operation) {
  struct epoll_event event = {.events = events, .data.u32 = index};
  if (epoll_ctl(epoll, operation, socket, &event)) fail("epoll_ctl");
}

static void no_delay(int socket) {
  int one = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static char block[MAX_WRITE];

/* Sends what it can; returns what is left. A receiver that went away takes everything. */
static size_t send_some(int socket, size_t bytes) {
  while (bytes > 0) {
    ssize_t sent = send(socket, block, bytes < MAX_WRITE ? bytes : MAX_WRITE, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN ? bytes : 0;
    bytes -= sent;
  }
  return 0;
}

static void serve(int count) {
  static double at[MAX_LINES];
  static unsigned size[MAX_LINES];
  int lines = 0;
  while (lines < MAX_LINES && scanf("%lf %u", &at[lines], &size[lines]) == 2) lines++;

  int listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (void *)&address, length) || listen(listener, 1024)) fail("listen");
  getsockname(listener, (void *)&address, &length);
  printf("port %d\n", ntohs(address.sin_port));

  int *sockets = calloc(count, sizeof *sockets);
  size_t *left = calloc(count, sizeof *left);
  for (int i = 0; i < count; i++) {
    sockets[i] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (sockets[i] < 0) fail("accept");
    no_delay(sockets[i]);
    watch(epoll, sockets[i], i, EPOLLIN, EPOLL_CTL_ADD);
  }
  puts("ready");
  usleep(200000);

  double cpu = cpu_seconds(), start = now_ms();
  long writes = 0;
  for (int line = 0; line < lines;) {
    double wait = start + at[line] - now_ms();
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(epoll, events, EVENTS, wait > 0 ? (int)wait + 1 : 0);
    for (int e = 0; e < ready; e++) {
      int i = events[e].data.u32;
      char ignored[4096];
      if (events[e].events & EPOLLIN && recv(sockets[i], ignored, sizeof ignored, 0) <= 0) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, sockets[i], NULL);
        continue;
      }
      if (events[e].events & EPOLLOUT && (left[i] = send_some(sockets[i], left[i])) == 0)
        watch(epoll, sockets[i], i, EPOLLIN, EPOLL_CTL_MOD);
    }
    if (now_ms() < start + at[line]) continue;
    for (int i = 0; i < count; i++, writes++) {
      if (left[i] > 0) left[i] += size[line];
      else if ((left[i] = send_some(sockets[i], size[line])) > 0)
        watch(epoll, sockets[i], i, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
    line++;
  }
  printf("%ld %.6f\n", writes, cpu_seconds() - cpu);
}

static void receive(int port, int count, int rate) {
  size_t greeting = 0, got;
  while ((got = fread(block + greeting, 1, MAX_WRITE - greeting, stdin)) > 0) greeting += got;
  int epoll = epoll_create1(0), open = 0;
  int *sockets = calloc(count, sizeof *sockets);
  size_t *received = calloc(count, sizeof *received);
  static char ignored[256 * 1024];
  double start = now_ms();
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
  for (int made = 0; made < count || open > 0;) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(epoll, events, EVENTS, made < count ? 1 : 1000);
    for (int e = 0; e < ready; e++) {
      int i = events[e].data.u32;
      ssize_t size = recv(sockets[i], ignored, sizeof ignored, MSG_DONTWAIT);
      if (size > 0) received[i] += size;
      else if (size == 0 || errno != EAGAIN) {
        close(sockets[i]);
        open--;
      }
    }
    while (made < count && made <= (now_ms() - start) / 1e3 * rate) {
      int s = sockets[made] = socket(AF_INET, SOCK_STREAM, 0);
      if (s < 0 || connect(s, (void *)&address, sizeof address)) fail("connect");
      no_delay(s);
      if (greeting > 0 && send(s, block, greeting, MSG_NOSIGNAL) != (ssize_t)greeting) fail("greeting");
      watch(epoll, s, made, EPOLLIN, EPOLL_CTL_ADD);
      open++;
      if (++made == count) puts("connected");
    }
  }
  size_t fewest = received[0], most = received[0];
  for (int i = 1; i < count; i++) {
    if (received[i] < fewest) fewest = received[i];
    if (received[i] > most) most = received[i];
  }
  printf("%zu %zu\n", fewest, most);
}

int main(int argc, char **argv) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc == 3 && !strcmp(argv[1], "serve")) serve(atoi(argv[2]));
  else if (argc == 5 && !strcmp(argv[1], "receive")) receive(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
  else return fprintf(stderr, "fanout serve RECEIVERS | fanout receive PORT COUNT RATE\n"), 2;
  return 0;
}
