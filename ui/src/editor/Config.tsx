import { Inspector } from "./forms/Inspector";

/** Config is the journey's own card as a page: its name, who enters, when messages may go, goals and exits. */
export default function Config() {
  return (
    <div className="editor-config">
      <Inspector path={[]} />
    </div>
  );
}
