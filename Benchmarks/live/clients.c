// Listens over many WebSockets and publishes to them, and says how long each message took to each listener.
//
//     clients PORT LISTEN_PATH PUBLISH_PATH
//
// Takes one command a line and answers each with one line of JSON:
//
//     open COUNT               opens listeners, 200 handshakes at a time
//     stick COUNT              opens listeners that never read
//     publish COUNT RATE SIZE  publishes COUNT messages of SIZE bytes, RATE a second, and waits for all deliveries
//     reconnect                closes all listeners at once, opens as many again, waits for a message on each
//     idle SECONDS             only answers pings
//     quit
//
// One thread and one epoll. A message is "SEQUENCE NANOSECONDS padding"; each listener must see every sequence once, in order.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 16384, EVENTS = 512, WINDOW = 200 };
enum state { CLOSED, CONNECTING, HANDSHAKING, OPEN };

struct listener {
    int socket;
    enum state state;
    bool stuck;
    bool heard;              // a message came since it was opened
    long long last;          // the last sequence seen
    size_t held;             // bytes in the buffer
    unsigned char *buffer;
};

static struct sockaddr_in server;
static const char *listen_path, *publish_path;
static int poller;
static struct listener *listeners;
static size_t count, stuck, pending, open_now;

static long long published, publish_started;
static uint64_t delivered, wrong, lost_connections;
static uint64_t *latencies;
static size_t latency_count, latency_room;

static int publisher = -1;
static bool publisher_busy;
static char answer[4096];
static size_t answer_held;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
    fprintf(stderr, "clients: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int new_socket(bool is_stuck) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    int one = 1, small = 4096;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (is_stuck) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) fail("connect");
    return fd;
}

static void watch(int fd, uint32_t events, uint64_t id, int operation) {
    struct epoll_event event = {.events = events, .data.u64 = id};
    if (epoll_ctl(poller, operation, fd, &event) < 0) fail("epoll_ctl");
}

static void begin(size_t index, bool is_stuck) {
    struct listener *one = &listeners[index];
    if (!one->buffer) one->buffer = malloc(BUFFER);
    one->socket = new_socket(is_stuck);
    one->state = CONNECTING;
    one->stuck = is_stuck;
    one->heard = false;
    one->held = 0;
    one->last = -1;
    pending++;
    watch(one->socket, EPOLLOUT, index, EPOLL_CTL_ADD);
}

static void drop(struct listener *one) {
    if (one->state == OPEN) open_now--; else pending--;
    close(one->socket);
    one->state = CLOSED;
    if (!one->stuck) lost_connections++;
}

static void shake(size_t index) {
    struct listener *one = &listeners[index];
    char request[512];
    int length = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", listen_path);
    if (send(one->socket, request, length, MSG_NOSIGNAL) != length) { drop(one); return; }
    one->state = HANDSHAKING;
    watch(one->socket, EPOLLIN, index, EPOLL_CTL_MOD);
}

static void pong(struct listener *one, const unsigned char *payload, size_t length) {
    unsigned char frame[6 + 125] = {0x8A, 0x80 | (unsigned char)length};  // a key of zeros changes nothing
    memcpy(frame + 6, payload, length);
    if (send(one->socket, frame, 6 + length, MSG_NOSIGNAL) < 0 && errno != EAGAIN) drop(one);
}

static void message(struct listener *one, const unsigned char *text, long long seen) {
    char *end;
    long long sequence = strtoll((const char *)text, &end, 10), sent = strtoll(end, NULL, 10);
    if (one->last >= 0 ? sequence != one->last + 1 : false) wrong++;
    one->last = sequence;
    one->heard = true;
    if (sequence < publish_started) return;
    delivered++;
    if (latency_count < latency_room) latencies[latency_count++] = (uint64_t)(seen - sent);
}

// Takes all whole frames from the buffer.
static void frames(struct listener *one, long long seen) {
    size_t at = 0;
    while (one->state == OPEN && one->held - at >= 2) {
        const unsigned char *head = one->buffer + at;
        size_t size = head[1], before = 2;
        if (size == 126) {
            if (one->held - at < 4) break;
            size = (size_t)head[2] << 8 | head[3];
            before = 4;
        }
        if (size > BUFFER - 8) fail("a frame is larger than messages are here");
        if (one->held - at < before + size) break;
        switch (head[0] & 0x0F) {
            case 0x1: message(one, head + before, seen); break;
            case 0x9: pong(one, head + before, size); break;
            case 0x8: drop(one); break;
        }
        at += before + size;
    }
    if (one->state == CLOSED) return;
    memmove(one->buffer, one->buffer + at, one->held - at);
    one->held -= at;
}

static void readable(struct listener *one) {
    while (one->state == HANDSHAKING || one->state == OPEN) {
        ssize_t got = recv(one->socket, one->buffer + one->held, BUFFER - one->held, 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) { drop(one); return; }
        long long seen = now();
        one->held += (size_t)got;
        bool full = one->held == BUFFER;
        if (one->state == HANDSHAKING) {
            unsigned char *end = memmem(one->buffer, one->held, "\r\n\r\n", 4);
            if (!end) continue;
            if (memcmp(one->buffer, "HTTP/1.1 101", 12) != 0) { drop(one); return; }
            size_t length = (size_t)(end + 4 - one->buffer);
            memmove(one->buffer, end + 4, one->held - length);
            one->held -= length;
            one->state = OPEN;
            pending--;
            open_now++;
            if (one->stuck) { epoll_ctl(poller, EPOLL_CTL_DEL, one->socket, NULL); return; }
        }
        frames(one, seen);
        if (!full) return;  // read all there was
    }
}

static void open_publisher(void) {
    if (publisher >= 0) close(publisher);
    publisher = new_socket(false);
    publisher_busy = false;
    answer_held = 0;
    watch(publisher, EPOLLIN, UINT64_MAX, EPOLL_CTL_ADD);
}

static void publish(size_t size) {
    char body[BUFFER], request[BUFFER + 512];
    int used = snprintf(body, sizeof body, "%lld %lld ", published++, now());
    if ((size_t)used < size) memset(body + used, 'x', size - (size_t)used); else size = (size_t)used;
    int length = snprintf(request, sizeof request,
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%.*s",
        publish_path, size, (int)size, body);
    // A publisher just opened may not be connected yet.
    while (send(publisher, request, (size_t)length, MSG_NOSIGNAL) != length)
        if (errno != EAGAIN && errno != ENOTCONN) fail("publish");
    publisher_busy = true;
}

static void publisher_readable(void) {
    ssize_t got = recv(publisher, answer + answer_held, sizeof answer - 1 - answer_held, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) { open_publisher(); return; }
    answer_held += (size_t)got;
    answer[answer_held] = 0;
    char *end = strstr(answer, "\r\n\r\n"), *field = strcasestr(answer, "content-length:");
    if (!end || !field) return;
    if (answer_held < (size_t)(end + 4 - answer) + strtoul(field + 15, NULL, 10)) return;
    if (memcmp(answer, "HTTP/1.1 20", 11) != 0) { fprintf(stderr, "clients: %.60s\n", answer); exit(1); }
    answer_held = 0;
    publisher_busy = false;
}

static void turn(int timeout) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(poller, events, EVENTS, timeout);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < ready; i++) {
        if (events[i].data.u64 == UINT64_MAX) { publisher_readable(); continue; }
        struct listener *one = &listeners[events[i].data.u64];
        if (one->state == CONNECTING) {
            if (events[i].events & (EPOLLERR | EPOLLHUP)) drop(one); else shake(events[i].data.u64);
        } else if (one->state != CLOSED) {
            readable(one);
        }
    }
}

static int ascending(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static double percentile(double share) {
    if (latency_count == 0) return 0;
    size_t index = (size_t)(share * (double)(latency_count - 1) + 0.5);
    return (double)latencies[index] / 1e6;
}

static double own_cpu(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void command_open(size_t more, bool is_stuck) {
    listeners = realloc(listeners, (count + more) * sizeof *listeners);
    memset(listeners + count, 0, more * sizeof *listeners);
    long long started = now();
    for (size_t i = 0; i < more; i++) {
        while (pending >= WINDOW) turn(1000);
        begin(count + i, is_stuck);
        turn(0);
    }
    count += more;
    if (is_stuck) stuck += more;
    while (pending > 0 && now() - started < 60000000000LL) turn(1000);
    printf("{\"open\": %zu, \"seconds\": %.3f}\n", open_now, (double)(now() - started) / 1e9);
}

static void command_publish(size_t messages, double rate, size_t size) {
    size_t readers = open_now - stuck;
    for (size_t i = 0; i < count; i++) if (listeners[i].state == OPEN && listeners[i].last < 0) listeners[i].last = -1;
    publish_started = published;
    delivered = wrong = lost_connections = 0;
    latency_count = 0;
    latency_room = messages * (readers + 1);
    latencies = realloc(latencies, latency_room * sizeof *latencies);
    double cpu = own_cpu();
    long long started = now(), step = (long long)(1e9 / rate), late = 0;
    for (size_t sent = 0; sent < messages;) {
        long long left = started + (long long)sent * step - now();
        if (left <= 0 && !publisher_busy) {
            if (-left > late) late = -left;
            publish(size);
            sent++;
        } else {
            turn(left > 2000000 ? (int)(left / 1000000) - 1 : left > 0 ? 0 : 10);
        }
    }
    long long last = now();
    while ((delivered < messages * readers || publisher_busy) && now() - last < 10000000000LL) turn(100);
    double seconds = (double)(now() - started) / 1e9;
    qsort(latencies, latency_count, sizeof *latencies, ascending);
    printf("{\"expected\": %zu, \"delivered\": %llu, \"wrong\": %llu, \"lost_connections\": %llu, \"seconds\": %.3f, "
           "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"publisher_late_ms\": %.3f, \"own_cpu_seconds\": %.3f}\n",
        messages * readers, (unsigned long long)delivered, (unsigned long long)wrong,
        (unsigned long long)lost_connections, seconds, percentile(0.5), percentile(0.99), percentile(1),
        (double)late / 1e6, own_cpu() - cpu);
}

static void command_reconnect(void) {
    size_t readers = count;
    for (size_t i = 0; i < count; i++) {
        if (listeners[i].state != CLOSED) close(listeners[i].socket);
        listeners[i].state = CLOSED;
    }
    pending = open_now = stuck = 0;
    publish_started = published;
    wrong = lost_connections = 0;
    long long started = now();
    for (size_t i = 0; i < readers; i++) {
        begin(i, false);
        if (i % 16 == 0) turn(0);
    }
    size_t heard = 0;
    while (heard < readers && now() - started < 60000000000LL) {
        turn(100);
        heard = 0;
        if (pending == 0) for (size_t i = 0; i < readers; i++) heard += listeners[i].heard;
    }
    printf("{\"reconnected\": %zu, \"heard\": %zu, \"wrong\": %llu, \"seconds\": %.3f}\n", open_now, heard,
        (unsigned long long)wrong, (double)(now() - started) / 1e9);
}

static void command_idle(double seconds) {
    for (long long end = now() + (long long)(seconds * 1e9); now() < end;) turn(50);
    printf("{\"open\": %zu}\n", open_now);
}

int main(int arguments, char **argument) {
    if (arguments != 4) { fprintf(stderr, "usage: clients PORT LISTEN_PATH PUBLISH_PATH\n"); return 64; }
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argument[1]))};
    inet_pton(AF_INET, "127.0.0.1", &server.sin_addr);
    listen_path = argument[2];
    publish_path = argument[3];
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    poller = epoll_create1(EPOLL_CLOEXEC);
    open_publisher();
    char line[256];
    while (fgets(line, sizeof line, stdin)) {
        size_t number, size;
        double rate;
        if (sscanf(line, "open %zu", &number) == 1) command_open(number, false);
        else if (sscanf(line, "stick %zu", &number) == 1) command_open(number, true);
        else if (sscanf(line, "publish %zu %lf %zu", &number, &rate, &size) == 3) command_publish(number, rate, size);
        else if (sscanf(line, "idle %lf", &rate) == 1) command_idle(rate);
        else if (strcmp(line, "reconnect\n") == 0) command_reconnect();
        else if (strcmp(line, "quit\n") == 0) return 0;
        else { fprintf(stderr, "clients: unknown command: %s", line); return 64; }
        fflush(stdout);
    }
    return 0;
}
