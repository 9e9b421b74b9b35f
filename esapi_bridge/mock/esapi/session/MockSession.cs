// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Windows;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// The door of a host program: an open database and at most one open patient. What scripts change stays in memory
    /// until <see cref="Save"/>; without it nothing is kept (row 39).
    /// </summary>
    public sealed class MockSession
    {
        private readonly Database _database;
        private readonly Guard _guard = new Guard();
        private PatientState _patient;

        private MockSession(string databaseFolder)
        {
            _database = new Database(databaseFolder);
        }

        /// <summary>Opens a database; the calling thread is the one that may use the API.</summary>
        public static MockSession Open(string databaseFolder)
        {
            return new MockSession(databaseFolder);
        }

        /// <summary>Licence, approval, thread and limits.</summary>
        public Guard Guard { get { return _guard; } }

        /// <summary>The patients there are.</summary>
        public IEnumerable<string> PatientIds { get { return _database.PatientIds; } }

        /// <summary>The open patient; null if none is.</summary>
        public Patient Patient
        {
            get { return _patient == null ? null : new Patient(_patient); }
        }

        /// <summary>Whether <see cref="Save"/> would write anything.</summary>
        public bool HasChanges
        {
            get
            {
                return _patient != null
                    && (_patient.Changed || _patient.Courses.Any(c => c.Plans.Any(p => p.Changed)));
            }
        }

        internal Database Database { get { return _database; } }

        /// <summary>Opens a patient; unknown ids give null. One patient may be open at a time.</summary>
        public Patient OpenPatient(string id)
        {
            if (_patient != null)
            {
                throw new RefusedException("a patient is open already; expected ClosePatient first");
            }
            if (id == null || !PatientIds.Contains(id))
            {
                return null;
            }
            _patient = PatientReader.Read(this, id);
            return Patient;
        }

        /// <summary>Closes the patient and forgets what was not saved.</summary>
        public void ClosePatient()
        {
            if (_patient != null)
            {
                _patient.Closed = true;
                _patient = null;
            }
        }

        /// <summary>
        /// What a script is given; names that are null or of nothing there leave the members null, as when nothing is
        /// open (row 33).
        /// </summary>
        public ScriptContext CreateContext(string courseId, string planId)
        {
            CourseState course = _patient == null ? null : _patient.Courses.FirstOrDefault(c => c.Id == courseId);
            PlanState plan = course == null ? null : course.Plans.FirstOrDefault(p => p.Id == planId);
            if (_patient != null)
            {
                _patient.ModificationsBegun = false;  // every script begins its own
            }
            return new ScriptContext(_patient, course, plan);
        }

        /// <summary>The environment that some scripts are given; a host says how it runs scripts of scripts.</summary>
        public ScriptEnvironment CreateEnvironment(Action<Assembly, ScriptContext, Window> execute = null)
        {
            return new ScriptEnvironment(execute);
        }

        /// <summary>
        /// Writes what was changed: new case folders beside the old ones, then the patient's file in one step.
        /// </summary>
        public void Save()
        {
            if (HasChanges)
            {
                PatientWriter.Save(_patient);
            }
        }

        /// <summary>Forgets what was not saved; the patient is read again and old objects are closed.</summary>
        public void Discard()
        {
            if (_patient != null)
            {
                string id = _patient.Id;
                ClosePatient();
                OpenPatient(id);
            }
        }
    }
}
