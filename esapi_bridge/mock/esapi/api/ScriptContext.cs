// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>What is open when a script starts; members are null where nothing is (row 33).</summary>
    public sealed partial class ScriptContext
    {
        private readonly PatientState _patient;
        private readonly CourseState _course;
        private readonly PlanState _plan;

        internal ScriptContext(PatientState patient, CourseState course, PlanState plan)
        {
            _patient = patient;
            _course = course;
            _plan = plan;
        }

        /// <summary>Who is logged in.</summary>
        public User CurrentUser { get { return new User(); } }

        /// <summary>The open patient.</summary>
        public Patient Patient { get { return _patient == null ? null : new Patient(_patient); } }

        /// <summary>The open course.</summary>
        public Course Course { get { return _course == null ? null : new Course(_patient, _course); } }

        /// <summary>The image of the open plan.</summary>
        public Image Image { get { return _plan == null ? null : new Image(_patient, _plan.StructureSet.Image); } }

        /// <summary>The structure set of the open plan.</summary>
        public StructureSet StructureSet
        {
            get { return _plan == null ? null : new StructureSet(_patient, _plan.StructureSet); }
        }

        /// <summary>The open plan.</summary>
        public PlanSetup PlanSetup { get { return ExternalPlanSetup; } }

        /// <summary>The open plan, if of external beams.</summary>
        public ExternalPlanSetup ExternalPlanSetup
        {
            get { return _plan == null ? null : new ExternalPlanSetup(_patient, _plan); }
        }

        /// <summary>Plans of the open course.</summary>
        public IEnumerable<PlanSetup> PlansInScope { get { return ExternalPlansInScope.Cast<PlanSetup>(); } }

        /// <summary>Plans of external beams of the open course.</summary>
        public IEnumerable<ExternalPlanSetup> ExternalPlansInScope
        {
            get
            {
                return _course == null
                    ? Enumerable.Empty<ExternalPlanSetup>()
                    : _course.Plans.Select(p => new ExternalPlanSetup(_patient, p));
            }
        }

        /// <summary>Sums of plans of the open course.</summary>
        public IEnumerable<PlanSum> PlanSumsInScope
        {
            get
            {
                return _course == null
                    ? Enumerable.Empty<PlanSum>() : _course.Sums.Select(s => new PlanSum(_patient, s));
            }
        }

#if ESAPI_16
        /// <summary>The open sum: none, as the host opens plans.</summary>
        public PlanSum PlanSum { get { return null; } }
#endif

        /// <summary>The application that runs the script.</summary>
        public string ApplicationName { get { return ScriptEnvironment.MockName; } }

        /// <summary>Its version.</summary>
        public string VersionInfo { get { return ScriptEnvironment.MockVersion; } }
    }
}
