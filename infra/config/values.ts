// Values that several settings of an environment are made of.
import { z } from "zod";

export const wholeNumber = (minimum: number, maximum: number) => z.int().min(minimum).max(maximum);

export const hostname = z
  .string()
  .regex(
    /^(localhost|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)$/,
    "a host name, like shop.example.com",
  );
