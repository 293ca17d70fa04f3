import { MessageForm } from "../message/MessageForm";
import type { VerbProps } from "./forms";

export function SendForm({ path, names }: VerbProps) {
  return <MessageForm path={path} names={names} />;
}
