// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser of VMCOREINFO: KEY=VALUE lines, one pass, each line accepted or
 * left out as a whole. Knows the grammar, not what values mean.
 */
#include <assert.h>
#include <string.h>

#include <vmsieve/limits.h>
#include <vmsieve/log.h>

#include "facts.h"

/* Longest piece of a key or value that a message shows. */
#define SHOWN 48U
/* Open addressing, a power of two well above the number of facts. */
#define SLOTS 256U

_Static_assert(VMS_NR_FACTS < SLOTS / 2, "too few slots for the keys");
_Static_assert(VMS_NR_FACTS < UINT8_MAX, "a slot is a byte");

struct span {
	const char *start;
	size_t size;
};

struct parser {
	struct vms_facts *facts;
	struct vms_log *log;
	uint64_t line;		/* number of the current one, from 1 */
	bool has_release;
	struct vms_log_limit broken;
	struct vms_log_limit repeated;
	uint8_t slots[SLOTS];	/* enum vms_fact + 1, 0 is free */
};

/* FNV-1a */
static uint32_t hash(struct span key)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < key.size; i++)
		h = (h ^ (uint8_t)key.start[i]) * 16777619U;
	return h;
}

static bool equals(struct span span, const char *text)
{
	return strlen(text) == span.size &&
	       !memcmp(text, span.start, span.size);
}

static void fill_slots(struct parser *parser)
{
	for (unsigned int fact = 0; fact < VMS_NR_FACTS; fact++) {
		const char *key = vms_fact_key(fact);
		uint32_t slot = hash((struct span){ key, strlen(key) });

		while (parser->slots[slot % SLOTS])
			slot++;
		parser->slots[slot % SLOTS] = (uint8_t)(fact + 1);
	}
}

static bool find(const struct parser *parser, struct span key,
		 enum vms_fact *ret)
{
	uint32_t slot = hash(key);
	uint8_t found;

	while ((found = parser->slots[slot++ % SLOTS])) {
		if (!equals(key, vms_fact_key(found - 1U)))
			continue;
		*ret = found - 1U;
		return true;
	}
	return false;
}

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 99;
}

/* Digits only, at least one; 20 are enough for 64 bits in any base. */
static bool parse_digits(struct span text, unsigned int base, uint64_t *ret)
{
	uint64_t value = 0;

	if (!text.size || text.size > 20)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		unsigned int digit = digit_of(text.start[i]);

		if (digit >= base ||
		    __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*ret = value;
	return true;
}

static struct span skip(struct span span, size_t size)
{
	return (struct span){ span.start + size, span.size - size };
}

/* "-12", "12" or "0x1f": the first two as long, as the kernel prints them. */
static bool parse_number(struct span text, uint64_t *ret)
{
	uint64_t value;

	if (text.size > 2 && !memcmp(text.start, "0x", 2))
		return parse_digits(skip(text, 2), 16, ret);
	if (text.size && *text.start == '-') {
		if (!parse_digits(skip(text, 1), 10, &value) ||
		    value > 1ULL << 63)
			return false;
		*ret = -value;
		return true;
	}
	if (!parse_digits(text, 10, &value) || value >> 63)
		return false;
	*ret = value;
	return true;
}

static bool parse_value(enum vms_fact_kind kind, struct span text,
			uint64_t *ret)
{
	switch (kind) {
	case VMS_KIND_SYMBOL:
	case VMS_KIND_HEX:
		return parse_digits(text, 16, ret);
	case VMS_KIND_NUMBER:
		return parse_number(text, ret);
	case VMS_KIND_SIZE:
	case VMS_KIND_OFFSET:
	case VMS_KIND_LENGTH:
	case VMS_KIND_DEC:
		break;
	}
	return parse_digits(text, 10, ret);
}

static const char *grammar(enum vms_fact_kind kind)
{
	switch (kind) {
	case VMS_KIND_SYMBOL:
	case VMS_KIND_HEX:
		return "hexadecimal digits";
	case VMS_KIND_NUMBER:
		return "a decimal number, or 0x and hexadecimal digits";
	case VMS_KIND_SIZE:
	case VMS_KIND_OFFSET:
	case VMS_KIND_LENGTH:
	case VMS_KIND_DEC:
		break;
	}
	return "decimal digits";
}

static int shown(struct span span)
{
	return (int)(span.size < SHOWN ? span.size : SHOWN);
}

static void take_fact(struct parser *parser, enum vms_fact fact,
		      struct span value)
{
	struct vms_facts *facts = parser->facts;
	enum vms_fact_kind kind = vms_field_kind(fact);
	const char *allowed = grammar(kind);
	uint64_t number;

	if (facts->state[fact] != VMS_STATE_ABSENT) {
		vms_log_warn_limited(parser->log, &parser->repeated,
				     "VMCOREINFO line %llu: %s is there "
				     "already: the first one counts",
				     (unsigned long long)parser->line,
				     vms_fact_key(fact));
		return;
	}
	if (parse_value(kind, value, &number)) {
		allowed = vms_field_refuse(fact, number, facts->is_64bit);
		if (!allowed) {
			facts->value[fact] = number;
			facts->state[fact] = VMS_STATE_BELIEVED;
			return;
		}
	}
	facts->state[fact] = VMS_STATE_DISBELIEVED;
	vms_log_warn(parser->log,
		     "VMCOREINFO line %llu: %s=%.*s is not believed: "
		     "allowed: %s",
		     (unsigned long long)parser->line, vms_fact_key(fact),
		     shown(value), value.start, allowed);
}

/* Bytes that are not printable ASCII become \xNN; whole escapes only. */
static void take_release(struct parser *parser, struct span value)
{
	static const char hex[] = "0123456789abcdef";
	char *out = parser->facts->release;
	size_t used = 0;

	if (parser->has_release)
		return;
	parser->has_release = true;
	for (size_t i = 0; i < value.size; i++) {
		uint8_t c = (uint8_t)value.start[i];
		bool plain = c >= 0x20 && c < 0x7f;

		if (used + (plain ? 1 : 4) > VMS_RELEASE_BYTES)
			break;
		if (plain) {
			out[used++] = (char)c;
			continue;
		}
		out[used++] = '\\';
		out[used++] = 'x';
		out[used++] = hex[c >> 4];
		out[used++] = hex[c & 15];
	}
	out[used] = '\0';
}

static void broken(struct parser *parser, struct span line, const char *why)
{
	vms_log_warn_limited(parser->log, &parser->broken,
			     "VMCOREINFO line %llu: \"%.*s\" %s: left out",
			     (unsigned long long)parser->line, shown(line),
			     line.start, why);
}

static void take_line(struct parser *parser, struct span line)
{
	const char *equal;
	struct span key, value;
	enum vms_fact fact;

	if (!line.size)
		return;
	if (memchr(line.start, '\0', line.size)) {
		broken(parser, line, "holds a zero byte");
		return;
	}
	equal = memchr(line.start, '=', line.size);
	if (!equal) {
		broken(parser, line, "has no '='");
		return;
	}
	key = (struct span){ line.start, (size_t)(equal - line.start) };
	value = skip(line, key.size + 1);
	if (equals(key, "OSRELEASE"))
		take_release(parser, value);
	else if (find(parser, key, &fact))
		take_fact(parser, fact, value);
}

/* Without zero bytes at the end (padding of the note) and within the cap. */
static struct span trim(struct span text, struct vms_log *log)
{
	while (text.size && !text.start[text.size - 1])
		text.size--;
	if (text.size <= VMS_CAP_VMCOREINFO_BYTES)
		return text;
	vms_log_warn(log,
		     "VMCOREINFO has %zu bytes, only whole lines in the "
		     "first %u are read",
		     text.size, VMS_CAP_VMCOREINFO_BYTES);
	text.size = VMS_CAP_VMCOREINFO_BYTES;
	while (text.size && text.start[text.size - 1] != '\n')
		text.size--;
	return text;
}

void vms_vmcoreinfo_parse(const char *text, size_t size,
			  struct vms_facts *facts, struct vms_log *log)
{
	struct parser parser = { .facts = facts, .log = log };
	struct span rest = trim((struct span){ text, size }, log);

	fill_slots(&parser);
	while (rest.size) {
		const char *end = memchr(rest.start, '\n', rest.size);
		struct span line = rest;

		if (++parser.line > VMS_CAP_VMCOREINFO_LINES) {
			vms_log_warn(log,
				     "VMCOREINFO has more than %u lines, the "
				     "rest is left out",
				     VMS_CAP_VMCOREINFO_LINES);
			break;
		}
		if (end)
			line.size = (size_t)(end - rest.start);
		take_line(&parser, line);
		rest = skip(rest, line.size + (end ? 1 : 0));
	}
	vms_log_limit_end(log, &parser.broken,
			  "VMCOREINFO lines left out");
	vms_log_limit_end(log, &parser.repeated,
			  "VMCOREINFO keys that are there twice");
}
