/* log sum e^x where the largest x and the logarithm of the rest nearly cancel.
 *
 * What is left of the ordinary sum has few digits there. With y from it, the whole is
 * y + log sum e^(x - y), and this sum is 1 but for some last digits: it is taken in fixed point, with
 * 192 binary digits, which are the 50 decimal ones of the eager engine. */
#ifndef WHYGRAD_CANCELLING_H
#define WHYGRAD_CANCELLING_H

#include <math.h>
#include <stdint.h>

/* Whether y has lost more than a binary digit to the largest x. */
static inline int is_cancelling(double top, double y) { return fabs(y) < -0.5 * top; }

enum { LIMBS = 7, TERMS = 12, HALVINGS = 16 };

/* A whole part of 32 bits and six limbs of digits after the point, modulo 2^32. */
typedef struct {
  uint32_t limb[LIMBS];
} Fixed;

static Fixed fixed_sum(Fixed a, Fixed b) {
  uint64_t carry = 0;
  for (int i = LIMBS - 1; i >= 0; i--) {
    carry += (uint64_t)a.limb[i] + b.limb[i];
    a.limb[i] = (uint32_t)carry;
    carry >>= 32;
  }
  return a;
}

static Fixed fixed_negative(Fixed a) {
  uint64_t carry = 1;
  for (int i = LIMBS - 1; i >= 0; i--) {
    carry += (uint32_t)~a.limb[i];
    a.limb[i] = (uint32_t)carry;
    carry >>= 32;
  }
  return a;
}

/* The product of two numbers that are not negative. */
static Fixed fixed_product(Fixed a, Fixed b) {
  uint32_t wide[2 * LIMBS] = {0};
  Fixed found;
  for (int i = LIMBS - 1; i >= 0; i--) {
    uint64_t carry = 0;
    for (int j = LIMBS - 1; j >= 0; j--) {
      carry += (uint64_t)a.limb[i] * b.limb[j] + wide[i + j + 1];
      wide[i + j + 1] = (uint32_t)carry;
      carry >>= 32;
    }
    wide[i] = (uint32_t)carry;
  }
  for (int i = 0; i < LIMBS; i++) found.limb[i] = wide[i + 1];
  return found;
}

static Fixed fixed_quotient(Fixed a, uint32_t n) {
  uint64_t rest = 0;
  for (int i = 0; i < LIMBS; i++) {
    rest = rest << 32 | a.limb[i];
    a.limb[i] = (uint32_t)(rest / n);
    rest %= n;
  }
  return a;
}

static Fixed fixed_halved(Fixed a, int times) {
  for (; times >= 32; times -= 32) {
    for (int i = LIMBS - 1; i > 0; i--) a.limb[i] = a.limb[i - 1];
    a.limb[0] = 0;
  }
  return fixed_quotient(a, (uint32_t)1 << times);
}

static Fixed fixed_of(double x) {
  Fixed found;
  double rest = fabs(x);
  for (int i = 0; i < LIMBS; i++) {
    found.limb[i] = (uint32_t)rest;
    rest = (rest - found.limb[i]) * 0x1p32;
  }
  return x < 0.0 ? fixed_negative(found) : found;
}

static double fixed_number(Fixed a) {
  const int negative = a.limb[0] >> 31;
  double found = 0.0;
  if (negative) a = fixed_negative(a);
  for (int i = LIMBS - 1; i >= 0; i--) found = found * 0x1p-32 + a.limb[i];
  return negative ? -found : found;
}

/* e^-t for t from 0 to ln 2: by its series at t / 2^16, squared as often. */
static Fixed fixed_decay(Fixed t) {
  const Fixed one = {{1}};
  Fixed found = one;
  t = fixed_halved(t, HALVINGS);
  for (uint32_t n = TERMS; n > 0; n--)
    found = fixed_sum(one, fixed_negative(fixed_quotient(fixed_product(t, found), n)));
  for (int i = 0; i < HALVINGS; i++) found = fixed_product(found, found);
  return found;
}

/* Add e^(x - y) to the sum; y is not smaller than x by more than its rounding. */
static void add_power(Fixed *sum, double x, double y) {
  static const Fixed ln2 = {
      {0, 0xb17217f7, 0xd1cf79ab, 0xc9e3b398, 0x03f2f6af, 0x40f34326, 0x7298b62e}};
  if (!(y - x < 140.0)) return; /* less than the last digit */
  Fixed t = fixed_sum(fixed_of(y), fixed_negative(fixed_of(x)));
  int halvings = -2;
  Fixed power;
  t = fixed_sum(t, ln2); /* y may be a little smaller than x */
  for (; !(t.limb[0] >> 31); halvings++) t = fixed_sum(t, fixed_negative(ln2));
  t = fixed_sum(t, ln2); /* it went one too far */
  power = fixed_decay(t);
  *sum = fixed_sum(*sum, halvings < 0 ? fixed_sum(power, power) : fixed_halved(power, halvings));
}

/* y + log(sum), rounded; y has some of its digits, so that the sum is near 1. */
static double with_all_digits(Fixed sum, double y) {
  static const Fixed minus_one = {{UINT32_MAX}};
  const Fixed more = fixed_sum(sum, minus_one);
  const double r = fixed_number(more);
  return fixed_number(fixed_sum(fixed_of(y), more)) - 0.5 * r * r;
}

#endif
