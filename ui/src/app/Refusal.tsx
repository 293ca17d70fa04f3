import { Alert } from "@mantine/core";

/** Refusal says why something that was asked for did not happen; nothing when it did. */
export function Refusal({ of: error }: { of: Error | null }) {
  if (!error) return null;
  return (
    <Alert color="red" role="alert">
      {error.message}
    </Alert>
  );
}
