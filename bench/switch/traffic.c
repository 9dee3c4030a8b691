/*
 * Frames for a switch and their counting, in one process: what stands for the guests in every comparison.
 *
 * usage: traffic TRANSPORT PORTS LOAD FRAME-BYTES WARM-UP-SECONDS SECONDS PLACE
 *   TRANSPORT  stream (listens on PLACE0, PLACE1, ... as QEMU does), vde (plugs into the switch at PLACE),
 *              tap (the devices PLACE0, PLACE1, ...)
 *   LOAD       bulk   port 0 to port 1, 256 KiB a write      one    the same, one frame a write (as QEMU sends)
 *              flood  port 0 to everybody                    mix    port 0 to the others in turn
 *              slow   as bulk, and port 1 reads 64 KiB ten times a second
 * What happens during the warm-up is not counted: programs that are compiled while they run would be measured cold.
 * It prints "ready" once everybody is connected, waits for a line on stdin (the pid of the switch), and ends with one
 * line of JSON: frames sent and delivered, seconds, and CPU-seconds of the switch and of itself.
 * Port i uses the address 02:00:00:00:00:i+1.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_VDE
#include <libvdeplug.h>
static VDECONN *vde[64];
#endif

enum { BULK = 262144, MOST = 64 };
enum transport { STREAM, VDE, TAP };

static enum transport transport;
static int fds[MOST], count, frame_bytes;
static uint8_t bulk[BULK + 65536], into[BULK];
static size_t bulk_bytes, unit_bytes;
static int bulk_frames;
/* Bytes of an unfinished frame at each receiver; only whole frames are counted. */
static uint64_t received_bytes[MOST], received_frames[MOST];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All threads of the process together; the kernel counts in hundredths of a second. */
static double cpu_of(int pid) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(text, sizeof text, file)) return -1;
    fclose(file);
    unsigned long user = 0, system = 0;
    sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double own_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void open_stream(int index, const char *place) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s%d", place, index);
    unlink(address.sun_path);
    fds[index] = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fds[index], (struct sockaddr *)&address, sizeof address) < 0) fail(address.sun_path);
    listen(fds[index], 1);
}

static void open_tap(int index, const char *place) {
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    fds[index] = open("/dev/net/tun", O_RDWR);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s%d", place, index);
    if (ioctl(fds[index], TUNSETIFF, &request) < 0) fail(request.ifr_name);
}

static void open_vde(int index, char *place) {
#ifdef WITH_VDE
    struct vde_open_args arguments = {.port = 0, .group = NULL, .mode = 0700};
    vde[index] = vde_open(place, (char *)"traffic", &arguments);
    if (!vde[index]) fail("vde_open");
    fds[index] = vde_datafd(vde[index]);
#else
    (void)index, (void)place;
    fputs("built without libvdeplug\n", stderr);
    exit(1);
#endif
}

static void make_frames(const char *load) {
    int header = transport == STREAM ? 4 : 0;
    unit_bytes = (size_t)(header + frame_bytes);
    bulk_frames = (int)(BULK / unit_bytes);
    /* The pattern of `mix` must end with a whole turn. */
    bulk_frames -= bulk_frames % (count - 1);
    for (int i = 0; i < bulk_frames; i++) {
        uint8_t *frame = bulk + (size_t)i * unit_bytes;
        if (header) {
            frame[2] = (uint8_t)(frame_bytes >> 8), frame[3] = (uint8_t)frame_bytes;
            frame += 4;
        }
        int to = strcmp(load, "mix") ? 1 : 1 + i % (count - 1);
        uint8_t head[14] = {2, 0, 0, 0, 0, (uint8_t)(to + 1), 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
        if (!strcmp(load, "flood")) memset(head, 0xff, 6);
        memcpy(frame, head, sizeof head);
    }
    bulk_bytes = (size_t)bulk_frames * unit_bytes;
}

/* One broadcast from each port, by which switches that learn know where everybody is. */
static void say_hello(void) {
    for (int i = 0; i < count; i++) {
        uint8_t hello[64] = {0, 0, 0, 60};
        uint8_t head[14] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, (uint8_t)(i + 1), 0x88, 0xb6};
        memcpy(hello + 4, head, sizeof head);
        ssize_t wrote;
#ifdef WITH_VDE
        if (transport == VDE) wrote = vde_send(vde[i], hello + 4, 60, 0);
        else
#endif
            wrote = transport == TAP ? write(fds[i], hello + 4, 60) : write(fds[i], hello, sizeof hello);
        if (wrote < 0) fail("hello");
    }
}

static size_t at;
static uint64_t sent;

/* Writes until the switch takes no more, a bounded number of times. */
static void send_some(int single) {
    for (int i = 0; i < (single ? 64 : 2); i++) {
        size_t end = single ? at - at % unit_bytes + unit_bytes : bulk_bytes;
        ssize_t wrote;
#ifdef WITH_VDE
        if (transport == VDE) wrote = vde_send(vde[0], bulk + at, unit_bytes, 0);
        else
#endif
            wrote = write(fds[0], bulk + at, end - at);
        if (wrote <= 0) {
            if (wrote == 0 || errno == EAGAIN || errno == ENOBUFS) return;
            fail("write");
        }
        size_t before = at / unit_bytes;
        at += (size_t)wrote;
        sent += at / unit_bytes - before;
        if (at == bulk_bytes) at = 0;
    }
}

static void receive_some(int port, size_t most) {
    for (int i = 0; i < (transport == STREAM ? 2 : 64); i++) {
        ssize_t got;
#ifdef WITH_VDE
        if (transport == VDE) got = vde_recv(vde[port], into, sizeof into, MSG_DONTWAIT);
        else
#endif
            got = read(fds[port], into, most);
        if (got <= 0) return;
        received_bytes[port] += (uint64_t)got;
        if (transport != STREAM && got >= frame_bytes && into[12] == 0x88 && into[13] == 0xb5) received_frames[port]++;
    }
}

static uint64_t delivered(void) {
    uint64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += transport == STREAM ? received_bytes[i] / unit_bytes : received_frames[i];
    return sum;
}

int main(int argc, char **argv) {
    if (argc != 8) return 2;
    transport = !strcmp(argv[1], "stream") ? STREAM : !strcmp(argv[1], "vde") ? VDE : TAP;
    count = atoi(argv[2]);
    const char *load = argv[3];
    frame_bytes = atoi(argv[4]);
    double warm_up = atof(argv[5]), seconds = atof(argv[6]);
    for (int i = 0; i < count; i++) {
        if (transport == STREAM) open_stream(i, argv[7]);
        else if (transport == TAP) open_tap(i, argv[7]);
        else open_vde(i, argv[7]);
    }
    puts("listening");
    fflush(stdout);
    if (transport == STREAM)
        for (int i = 0; i < count; i++) {
            int connection = accept(fds[i], NULL, NULL);
            close(fds[i]);
            fds[i] = connection;
        }
    for (int i = 0; i < count; i++) fcntl(fds[i], F_SETFL, O_NONBLOCK);
    make_frames(load);
    puts("ready");
    fflush(stdout);
    char line[64];
    if (!fgets(line, sizeof line, stdin)) return 1;
    int pid = atoi(line);
    int single = transport != STREAM || !strcmp(load, "one");
    int slow = !strcmp(load, "slow");
    say_hello();
    double start = now() + warm_up, end = start + seconds, next_slow = now(), cpu = 0, own = 0;
    uint64_t sent_before = 0, delivered_before = 0;
    int counts = 0;
    for (double t = now(); t < end; t = now()) {
        if (!counts && t >= start) {
            counts = 1;
            start = t;
            cpu = cpu_of(pid);
            own = own_cpu();
            sent_before = sent;
            delivered_before = delivered();
        }
        send_some(single);
        for (int i = 0; i < count; i++) {
            if (slow && i == 1) {
                if (now() < next_slow) continue;
                next_slow += 0.1;
                receive_some(i, 65536);
            } else {
                receive_some(i, sizeof into);
            }
        }
        struct pollfd waiting[MOST];
        for (int i = 0; i < count; i++) waiting[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
        waiting[0].events |= POLLOUT;
        if (slow) waiting[1].events = 0;
        poll(waiting, (nfds_t)count, 10);
    }
    printf("{\"sent\":%llu,\"delivered\":%llu,\"seconds\":%.3f,\"switchCpuS\":%.3f,\"ownCpuS\":%.3f}\n",
           (unsigned long long)(sent - sent_before), (unsigned long long)(delivered() - delivered_before), now() - start,
           cpu_of(pid) - cpu, own_cpu() - own);
    return 0;
}
