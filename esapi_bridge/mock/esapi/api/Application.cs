// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>
    /// The application of a stand-alone program; one per process (row 5). The database is the folder that the environment
    /// variable ESAPI_BRIDGE_DATABASE names.
    /// </summary>
    public class Application : SerializableObject, IDisposable
    {
        private const string DatabaseVariable = "ESAPI_BRIDGE_DATABASE";
        private static bool _made;
        private readonly MockSession _session;
        private bool _disposed;

        private Application(MockSession session)
        {
            _session = session;
        }

        /// <summary>Starts the application.</summary>
        public static Application CreateApplication()
        {
            // One during the entire run of a program, so a disposed one counts (Application.CreateApplication, ESAPI 18).
            if (_made)
            {
                throw new RefusedException("Only one Application object is supported at a time");
            }
            string folder = Environment.GetEnvironmentVariable(DatabaseVariable);
            if (string.IsNullOrEmpty(folder))
            {
                throw new InvalidOperationException("expected the mock's database in " + DatabaseVariable + ", found nothing");
            }
            Application application = new Application(MockSession.Open(folder));
            _made = true;
            return application;
        }

        /// <summary>The overload of 13.x: name and password are not looked at (assumed).</summary>
        public static Application CreateApplication(string username, string password)
        {
            return CreateApplication();
        }

        /// <summary>The application that runs the program.</summary>
        public ScriptEnvironment ScriptEnvironment { get { return Session.CreateEnvironment(); } }

        /// <summary>Who is logged in.</summary>
        public User CurrentUser { get { return new User(); } }

        /// <summary>The patients there are.</summary>
        public IEnumerable<PatientSummary> PatientSummaries
        {
            get { return Session.PatientIds.Select(id => new PatientSummary(Session.Database, id)); }
        }

        /// <summary>Opens a patient; null if there is none of this id.</summary>
        public Patient OpenPatientById(string id)
        {
            return Session.OpenPatient(id);
        }

        /// <summary>Opens a patient.</summary>
        public Patient OpenPatient(PatientSummary patientSummary)
        {
            return Session.OpenPatient(patientSummary.Id);
        }

        /// <summary>Closes the patient; what is held of it may no longer be used (row 5).</summary>
        public void ClosePatient()
        {
            Session.ClosePatient();
        }

        /// <summary>Saves; stand-alone programs only (row 39).</summary>
        public void SaveModifications()
        {
            Patient patient = Session.Patient;
            if (patient == null)
            {
                throw new RefusedException("expected an open patient, found none");
            }
            patient.Writing();
            Session.Save();
        }

        /// <summary>Ends the application; no other can be made by this process (row 5).</summary>
        public void Dispose()
        {
            if (!_disposed)
            {
                _session.ClosePatient();
                _disposed = true;
            }
        }

        internal MockSession Session
        {
            get
            {
                if (_disposed)
                {
                    throw new ObjectDisposedException("Application");
                }
                return _session;
            }
        }
    }
}
