/*
 * The measure of the live switch: what the same switch costs in C. It dials the same sockets, speaks QEMU's stream
 * framing, looks at the same things in each frame (runt, MTU, VLAN tag on an access port, forged source, destination)
 * and forwards runs of frames from its read buffer. One access VLAN for all ports; ports named promiscuous get a copy
 * of every unicast frame. A receiver that reads slowly has 1 MiB, then loses frames.
 *
 * usage: reference PORTS PROMISCUOUS SOCKET-PREFIX   (sockets are PREFIX0, PREFIX1, ...; port i owns 02:00:00:00:00:i+1;
 * the last PROMISCUOUS ports are promiscuous)
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { READ_BYTES = 262144, QUEUE_BYTES = 1048576, MOST_PORTS = 64, SLOTS = 1024, MTU = 1500, LENGTH = 4 };

struct port {
    int fd;
    uint64_t mac;
    int promiscuous;
    uint8_t *in;
    size_t filled;
    uint8_t *queue;
    size_t queued, sent_of_queue;
    int wants_out;
    /* A run gathered during one batch: from the reader's buffer while it is in one piece, else copied. */
    const uint8_t *run;
    size_t run_bytes;
    uint64_t dropped;
};

static struct port ports[MOST_PORTS];
static int port_count, epoll_fd;
static struct { uint64_t mac; int port; } table[SLOTS];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t mac_at(const uint8_t *at) {
    uint64_t value = 0;
    memcpy(&value, at, 6);
    return value;
}

static uint32_t slot_of(uint64_t mac) { return (uint32_t)((mac * 0x9e3779b97f4a7c15ull) >> 40) % SLOTS; }

static void own(uint64_t mac, int port) {
    uint32_t slot = slot_of(mac);
    while (table[slot].mac) slot = (slot + 1) % SLOTS;
    table[slot].mac = mac;
    table[slot].port = port;
}

static int owner_of(uint64_t mac) {
    for (uint32_t slot = slot_of(mac); table[slot].mac; slot = (slot + 1) % SLOTS)
        if (table[slot].mac == mac) return table[slot].port;
    return -1;
}

static uint32_t length_at(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void want_out(struct port *port, int wanted) {
    if (port->wants_out == wanted) return;
    port->wants_out = wanted;
    struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = port};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, port->fd, &event);
}

static void drain(struct port *port) {
    while (port->sent_of_queue < port->queued) {
        ssize_t wrote = write(port->fd, port->queue + port->sent_of_queue, port->queued - port->sent_of_queue);
        if (wrote < 0) {
            if (errno == EAGAIN) {
                want_out(port, 1);
                return;
            }
            exit(0);
        }
        port->sent_of_queue += (size_t)wrote;
    }
    port->queued = port->sent_of_queue = 0;
    want_out(port, 0);
}

static void enqueue(struct port *port, const uint8_t *bytes, size_t count) {
    if (port->sent_of_queue == port->queued) port->queued = port->sent_of_queue = 0;
    if (port->queued + count > QUEUE_BYTES) {
        const uint8_t *end = bytes + count;
        for (const uint8_t *at = bytes; at < end;) {
            size_t whole = LENGTH + length_at(at);
            if (port->queued + whole <= QUEUE_BYTES) {
                memcpy(port->queue + port->queued, at, whole);
                port->queued += whole;
            } else {
                port->dropped++;
            }
            at += whole;
        }
        return;
    }
    memcpy(port->queue + port->queued, bytes, count);
    port->queued += count;
}

static void put(struct port *port, const uint8_t *bytes, size_t count) {
    if (port->queued == port->sent_of_queue && !port->run) {
        port->run = bytes;
        port->run_bytes = count;
    } else if (port->run && port->run + port->run_bytes == bytes) {
        port->run_bytes += count;
    } else {
        if (port->run) enqueue(port, port->run, port->run_bytes);
        port->run = NULL;
        enqueue(port, bytes, count);
    }
}

static void flush_port(struct port *port) {
    if (port->run) {
        ssize_t wrote = write(port->fd, port->run, port->run_bytes);
        if (wrote < 0 && errno != EAGAIN) exit(0);
        if (wrote < 0) wrote = 0;
        if ((size_t)wrote < port->run_bytes) {
            /* The rest of a frame that was begun is never dropped. */
            port->queued = port->sent_of_queue = 0;
            memcpy(port->queue, port->run + wrote, port->run_bytes - (size_t)wrote);
            port->queued = port->run_bytes - (size_t)wrote;
            want_out(port, 1);
        }
        port->run = NULL;
    } else if (port->queued > port->sent_of_queue && !port->wants_out) {
        drain(port);
    }
}

/* Decides one frame; -1 nobody, -2 everybody, else the port that owns the address. */
static int decide(const struct port *from, const uint8_t *frame, uint32_t length) {
    if (length < 14 || length > MTU + 14) return -1;
    if (frame[12] == 0x81 && frame[13] == 0) return -1;
    if (mac_at(frame + 6) != from->mac) return -1;
    if (frame[0] & 1) return -2;
    int to = owner_of(mac_at(frame));
    return to == (int)(from - ports) ? -1 : to;
}

static void forward(struct port *from, int to, const uint8_t *bytes, size_t count) {
    for (int i = 0; i < port_count; i++) {
        struct port *port = &ports[i];
        if (port != from && (to == -2 || to == i || (port->promiscuous && to != -1))) put(port, bytes, count);
    }
}

static void receive(struct port *from) {
    ssize_t got = read(from->fd, from->in + from->filled, READ_BYTES - from->filled);
    if (got == 0 || (got < 0 && errno != EAGAIN)) exit(0);
    if (got < 0) return;
    size_t end = from->filled + (size_t)got, at = 0, run_start = 0;
    int run_to = -3;
    uint64_t last_key0 = 0, last_key1 = 0;
    int last_to = -1, known = 0;
    while (end - at >= LENGTH) {
        uint32_t length = length_at(from->in + at);
        if (length > READ_BYTES - LENGTH) exit(1);
        if (at + LENGTH + length > end) break;
        const uint8_t *frame = from->in + at + LENGTH;
        int to;
        uint64_t key0 = 0, key1 = 0;
        if (length >= 16) {
            memcpy(&key0, frame, 8);
            memcpy(&key1, frame + 8, 8);
        }
        if (known && key0 == last_key0 && key1 == last_key1 && length <= MTU + 14 && length >= 16) {
            to = last_to;
        } else {
            to = decide(from, frame, length);
            last_key0 = key0, last_key1 = key1, last_to = to, known = length >= 16 && length <= MTU + 14;
        }
        if (to != run_to) {
            if (run_to != -3) forward(from, run_to, from->in + run_start, at - run_start);
            run_to = to;
            run_start = at;
        }
        at += LENGTH + length;
    }
    if (run_to != -3) forward(from, run_to, from->in + run_start, at - run_start);
    for (int i = 0; i < port_count; i++) flush_port(&ports[i]);
    if (at > 0 && end > at) memmove(from->in, from->in + at, end - at);
    from->filled = end - at;
}

static void dial(int index, const char *prefix) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s%d", prefix, index);
    struct port *port = &ports[index];
    port->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (port->fd < 0 || connect(port->fd, (struct sockaddr *)&address, sizeof address) < 0) fail(address.sun_path);
    fcntl(port->fd, F_SETFL, O_NONBLOCK);
    uint8_t mac[6] = {2, 0, 0, 0, 0, (uint8_t)(index + 1)};
    port->mac = mac_at(mac);
    own(port->mac, index);
    port->in = malloc(READ_BYTES);
    port->queue = malloc(QUEUE_BYTES);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = port};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, port->fd, &event) < 0) fail("epoll_ctl");
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    port_count = atoi(argv[1]);
    epoll_fd = epoll_create1(0);
    for (int i = 0; i < port_count; i++) {
        dial(i, argv[3]);
        ports[i].promiscuous = i >= port_count - atoi(argv[2]);
    }
    for (;;) {
        struct epoll_event events[MOST_PORTS];
        int count = epoll_wait(epoll_fd, events, MOST_PORTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].events & EPOLLOUT) drain(events[i].data.ptr);
            if (events[i].events & ~EPOLLOUT) receive(events[i].data.ptr);
        }
    }
}
