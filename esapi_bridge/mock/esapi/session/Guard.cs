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
#if ESAPI_18
            RefusesReflection = true;
#endif
#if !ESAPI_16
            RefusesFirstDose = true;
#endif
        }

        /// <summary>Whether the site has bought the right to write by script.</summary>
        public bool HasWriteLicence { get; set; }

        /// <summary>Whether the database is in research mode, where scripts need no approval.</summary>
        public bool ResearchMode { get; set; }

        /// <summary>Whether the script is approved; asked for outside research mode only.</summary>
        public bool ScriptApproved { get; set; }

        /// <summary>The script's assembly; null: whoever calls BeginModifications.</summary>
        public Assembly ScriptAssembly { get; set; }

        /// <summary>
        /// Whether a change below a reflective call is refused (row 3). Not in 15.6 and 16.1, where it is known that such
        /// changes pass: Varian's notebook of PyESAPI, which calls by reflection, sets fluences with 15.6, and stack traces of 15.6
        /// (esimiele/VMAT-TBI issue 7) show MethodBase.Invoke above changes that got as far as their own checks. In 18
        /// it is assumed that they do not, by the report of one project (ESAPI-Runner-Hub), which names no version.
        /// </summary>
        public bool RefusesReflection { get; set; }

        /// <summary>
        /// Whether CalculateDose of a plug-in refuses a plan that never had a dose (row 43). So reported of 15
        /// (Varian-Code-Samples issue 37, with the text); public plug-ins for 16 and 18 do calculate first doses.
        /// </summary>
        public bool RefusesFirstDose { get; set; }
        /// <summary>Whether an interpreter, not a script of Eclipse, uses the API.</summary>
        internal bool IsInterpreter { get; set; }

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
            RequireCaller();
            // Row 1: that it throws is known, type and text are assumed.
            if (!patient.ModificationsBegun)
            {
                throw new RefusedException("the patient is in read-only state; expected Patient.BeginModifications() first");
            }
        }

        /// <summary>What a dose calculation must pass: a stand-alone program may calculate any plan.</summary>
        internal void RequireDoseMatrix(PlanState plan)
        {
            if (RefusesFirstDose && ScriptAssembly != null && plan.LastDoseGrid == null)
            {
                // Text known, type assumed.
                throw new RefusedException(
                    "Plan does not have a dose matrix. Dose calculation is not supported from plugin script in this case.");
            }
        }

        /// <summary>
        /// What the beginning of changes must pass: a writable script, except where the API was entered by
        /// CustomScriptExecutable. An interpreter has no script to be marked or approved; outside research mode it only reads
        /// (row 58, documented).
        /// </summary>
        internal void RequireWritableScript()
        {
            if (!IsInterpreter)
            {
                RequireWritableAssembly();
            }
            if (!HasWriteLicence)
            {
                throw new ApplicationException("No valid license to modify patient data with script.");
            }
            if (!ResearchMode && (IsInterpreter || !ScriptApproved))
            {
                throw new UnauthorizedScriptingAPIAccessException(
                    "The script is not approved; approve it or use a database in research mode.");
            }
        }

        private void RequireWritableAssembly()
        {
            Assembly script = ScriptAssembly ?? CallStack().Select(m => m.DeclaringType.Assembly).FirstOrDefault(IsForeign);
            if (script == null)
            {
                throw NoCaller("that calls");
            }
            string name = script.GetName().Name;
            object[] marks = script.GetCustomAttributes(typeof(ESAPIScriptAttribute), false);
            // Row 2: exception and licence text known, the other texts assumed.
            if (marks.Length == 0 || !((ESAPIScriptAttribute)marks[0]).IsWriteable)
            {
                throw new UnauthorizedScriptingAPIAccessException(
                    "The script '" + name + "' may only read; expected [assembly: ESAPIScript(IsWriteable = true)].");
            }
            RequireCaller();
        }

        /// <summary>
        /// Who changes something. Row 41: Eclipse looks for the script on the calling stack and refuses if there is no frame
        /// of it (that it does and the advice to mark Execute with NoInlining known from NickChng/OptiMate issue 6; type
        /// assumed). Row 3: no reflective call may be on the stack where <see cref="RefusesReflection"/> (type and text
        /// assumed).
        /// </summary>
        private void RequireCaller()
        {
            MethodBase[] stack = CallStack();
            if (ScriptAssembly != null && stack.All(m => m.DeclaringType.Assembly != ScriptAssembly))
            {
                throw NoCaller("'" + ScriptAssembly.FullName + "'");
            }
            if (RefusesReflection
                && stack.Any(m => typeof(MethodBase).IsAssignableFrom(m.DeclaringType) && m.Name.Contains("Invoke")))
            {
                throw new UnauthorizedScriptingAPIAccessException(
                    "a change must be called by compiled code; found a call by reflection on the stack");
            }
        }

        private static Exception NoCaller(string script)
        {
            return new UnauthorizedScriptingAPIAccessException(
                "did not find a calling assembly: no frame of the script " + script + " is on the stack of a change."
                + " Mark its Execute with MethodImplOptions.NoInlining and change data from its own code");
        }

        /// <summary>Whether an assembly is neither the mock nor the framework, whose frames reflective calls add.</summary>
        private static bool IsForeign(Assembly assembly)
        {
            return assembly != typeof(Guard).Assembly && assembly != typeof(object).Assembly && !assembly.GlobalAssemblyCache;
        }

        /// <summary>Methods on the stack, innermost first, without those made at run time, which belong to no type.</summary>
        private static MethodBase[] CallStack()
        {
            return new StackTrace(false).GetFrames().Select(f => f.GetMethod())
                .Where(m => m != null && m.DeclaringType != null).ToArray();
        }
    }
}
