using System;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Threading;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// Who may do what: every member of the API asks here first. The settings stand for the licence and the configuration
    /// of a site; as they are by default, a research system lets a writable script write.
    /// </summary>
    public sealed class Guard
    {
        private int _thread = Thread.CurrentThread.ManagedThreadId;
        private long _objects;

        internal Guard()
        {
            HasWriteLicence = true;
            ResearchMode = true;
            ObjectLimit = long.MaxValue;
        }

        /// <summary>Whether the site has bought the right to write by script.</summary>
        public bool HasWriteLicence { get; set; }

        /// <summary>Whether the database is in research mode, where scripts need no approval.</summary>
        public bool ResearchMode { get; set; }

        /// <summary>Whether the script is approved; asked for outside research mode only.</summary>
        public bool ScriptApproved { get; set; }

        /// <summary>The script's assembly; null: whoever calls BeginModifications.</summary>
        public Assembly ScriptAssembly { get; set; }

        /// <summary>How many objects a script may be handed.</summary>
        public long ObjectLimit { get; set; }

        /// <summary>Whether the user has stopped the script, which ends at its next access.</summary>
        public bool Aborted { get; set; }

        /// <summary>Makes the present thread the one that may use the API.</summary>
        public void UseThisThread()
        {
            _thread = Thread.CurrentThread.ManagedThreadId;
        }

        /// <summary>
        /// Before a script starts: the present thread is the script's, nothing is counted, nothing stopped.
        /// </summary>
        public void BeginScript(Assembly script)
        {
            UseThisThread();
            ScriptAssembly = script;
            _objects = 0;
            Aborted = false;
        }

        /// <summary>Counts an object handed to a script.</summary>
        internal void Count()
        {
            // Row 36: type known (EnforceObjectLimits), number and text not.
            if (++_objects > ObjectLimit)
            {
                throw new ApplicationException("too many scripting objects were created; expected at most " + ObjectLimit);
            }
        }

        /// <summary>What every access must pass.</summary>
        internal void Read(PatientState patient, ObjectState state)
        {
            // Row 4: the real thing may hang or crash; the type is assumed.
            if (Thread.CurrentThread.ManagedThreadId != _thread)
            {
                throw new InvalidOperationException(
                    "the scripting API must be called on the thread that entered the script, found another thread");
            }
            // Row 36: a stopped script ends at its next access; text assumed.
            if (Aborted)
            {
                throw new ApplicationException("the script was stopped by the user");
            }
            // Row 5: an access violation in the real thing, which no mock can throw.
            if (patient.Closed)
            {
                throw new ObjectDisposedException(null, "the patient was closed; objects of it can no longer be used");
            }
            // Row 35: what a wrapper of a removed object does is assumed.
            if (state.Removed)
            {
                throw new RefusedException("the object was removed from the patient and can no longer be used");
            }
        }

        /// <summary>What every change must pass.</summary>
        internal void Write(PatientState patient, ObjectState state)
        {
            Read(patient, state);
            RequireNoReflection();
            // Row 1: that it throws is known, type and text are assumed.
            if (!patient.ModificationsBegun)
            {
                throw new RefusedException("the patient is in read-only state; expected Patient.BeginModifications() first");
            }
        }

        /// <summary>What the beginning of changes must pass.</summary>
        internal void RequireWritableScript()
        {
            RequireNoReflection();
            string name = (ScriptAssembly ?? Caller()).GetName().Name;
            object[] marks = (ScriptAssembly ?? Caller()).GetCustomAttributes(typeof(ESAPIScriptAttribute), false);
            // Row 2: exception and licence text known, the other texts assumed.
            if (marks.Length == 0 || !((ESAPIScriptAttribute)marks[0]).IsWriteable)
            {
                throw new UnauthorizedScriptingAPIAccessException(
                    "The script '" + name + "' may only read; expected [assembly: ESAPIScript(IsWriteable = true)].");
            }
            if (!HasWriteLicence)
            {
                throw new ApplicationException("No valid license to modify patient data with script.");
            }
            if (!ResearchMode && !ScriptApproved)
            {
                throw new UnauthorizedScriptingAPIAccessException(
                    "The script '" + name + "' is not approved; approve it or use a database in research mode.");
            }
        }

        /// <summary>
        /// Row 3 (one source): a change is refused while a reflective call is on the stack, which is how Python would
        /// call. Type and text are assumed.
        /// </summary>
        private static void RequireNoReflection()
        {
            foreach (StackFrame frame in new StackTrace(false).GetFrames())
            {
                MethodBase method = frame.GetMethod();
                Type type = method == null ? null : method.DeclaringType;
                if (type != null && typeof(MethodBase).IsAssignableFrom(type) && method.Name.Contains("Invoke"))
                {
                    throw new UnauthorizedScriptingAPIAccessException(
                        "a change must be called by compiled code; found a call by reflection on the stack");
                }
            }
        }

        private static Assembly Caller()
        {
            Assembly mock = typeof(Guard).Assembly;
            return new StackTrace(false).GetFrames()
                .Select(f => f.GetMethod()).Where(m => m != null && m.DeclaringType != null)
                .Select(m => m.DeclaringType.Assembly).First(a => a != mock);
        }
    }
}
