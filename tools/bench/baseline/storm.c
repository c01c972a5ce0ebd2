/* Connections, one after the other, as fast as a server takes them.
 *
 *   gcc -O2 -o storm storm.c          (tools/bench/src/c-program.ts does that)
 *
 *   storm PORT AT_ONCE SECONDS        keeps AT_ONCE connections under way for so long. Each waits for a byte, which says that the server has
 *                                     taken it, and is reset, which leaves nothing behind in the kernel. Says "taken failed seconds".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256 };

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void begin(int epoll, int port) {
  int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (s < 0) fail("socket");
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  if (setsockopt(s, SOL_SOCKET, SO_LINGER, &reset, sizeof reset)) fail("SO_LINGER");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
  if (connect(s, (void *)&address, sizeof address) && errno != EINPROGRESS) fail("connect");
  struct epoll_event event = {.events = EPOLLIN, .data.fd = s};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, s, &event)) fail("epoll_ctl");
}

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "storm PORT AT_ONCE SECONDS\n"), 2;
  int port = atoi(argv[1]), at_once = atoi(argv[2]), epoll = epoll_create1(0);
  double seconds = atof(argv[3]), start = now();
  for (int i = 0; i < at_once; i++) begin(epoll, port);
  long taken = 0, failed = 0;
  while (now() - start < seconds) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(epoll, events, EVENTS, 100);
    for (int e = 0; e < ready; e++) {
      char byte;
      if (recv(events[e].data.fd, &byte, 1, 0) == 1) taken++;
      else failed++;
      close(events[e].data.fd);
      begin(epoll, port);
    }
  }
  printf("%ld %ld %.6f\n", taken, failed, now() - start);
  return 0;
}
