// Values that several settings of an environment are made of.
import { X509Certificate } from "node:crypto";
import { z } from "zod";

export const wholeNumber = (minimum: number, maximum: number) => z.int().min(minimum).max(maximum);

export const hostname = z
  .string()
  .regex(
    /^(localhost|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)$/,
    "a host name, like shop.example.com",
  );

export function isCertificate(pem: string): boolean {
  try {
    return pem.startsWith("-----BEGIN CERTIFICATE-----") && new X509Certificate(pem).ca;
  } catch {
    return false;
  }
}
