import { Loader } from "@mantine/core";
import { Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";

import { Gate } from "../session/Gate";
import { Mishap } from "./Mishap";
import { useWords } from "./language";
import { later } from "./later";
import { Shell } from "./Shell";
import { words } from "./words";

// Each page is loaded when it is opened; the shell holds none of them.
const Journeys = later(() => import("../journeys/Journeys"));
const Editor = later(() => import("../editor/Editor"));
const Contacts = later(() => import("../contacts/Contacts"));
const Contact = later(() => import("../contacts/Contact"));
const Enrollment = later(() => import("../contacts/Enrollment"));
const Templates = later(() => import("../templates/Templates"));
const Channels = later(() => import("../channels/Channels"));
const Settings = later(() => import("../settings/Settings"));
const Welcome = later(() => import("../session/Welcome"));

export function Pages() {
  const t = useWords(words);
  const waiting = <Loader m="xl" role="status" aria-label={t("loading")} />;
  return (
    <Switch>
      <Route path="/welcome">
        <Suspense fallback={waiting}>
          <Welcome />
        </Suspense>
      </Route>
      <Route>
        <Gate>
          <Shell>
            <Mishap>
              <Suspense fallback={waiting}>
                <Switch>
                  <Route path="/journeys" component={Journeys} />
                  <Route path="/journeys/:id/:view?">{(params) => <Editor key={params.id} id={params.id} view={params.view ?? "flow"} />}</Route>
                  <Route path="/contacts" component={Contacts} />
                  <Route path="/contacts/:id">{(params) => <Contact key={params.id} id={decodeURIComponent(params.id)} />}</Route>
                  <Route path="/enrollments/:id">{(params) => <Enrollment key={params.id} id={params.id} />}</Route>
                  <Route path="/templates" component={Templates} />
                  <Route path="/channels" component={Channels} />
                  <Route path="/settings/:tab?">{(params) => <Settings tab={params.tab ?? ""} />}</Route>
                  <Route>
                    <Redirect to="/journeys" replace />
                  </Route>
                </Switch>
              </Suspense>
            </Mishap>
          </Shell>
        </Gate>
      </Route>
    </Switch>
  );
}
