using System;
using System.Collections.Generic;
using System.Linq;

namespace VMS.TPS.Common.Model.API
{
    public partial class Course
    {
        /// <summary>When it was begun: with the first plan of the exports, or when a script added it (assumed).</summary>
        public DateTime? StartDateTime { get { Reading(); return Self.Started; } }

        /// <summary>When it was completed: no course of the database is.</summary>
        public DateTime? CompletedDateTime { get { Reading(); return null; } }

        /// <summary>Intent; the database holds none.</summary>
        public string Intent { get { Reading(); return ""; } }

        /// <summary>Diagnoses; the database holds none.</summary>
        public IEnumerable<Diagnosis> Diagnoses { get { Reading(); return Enumerable.Empty<Diagnosis>(); } }

        /// <summary>Plans of proton beams; the database holds none.</summary>
        public IEnumerable<IonPlanSetup> IonPlanSetups { get { Reading(); return Enumerable.Empty<IonPlanSetup>(); } }

        /// <summary>Plans of brachytherapy; the database holds none.</summary>
        public IEnumerable<BrachyPlanSetup> BrachyPlanSetups
        {
            get { Reading(); return Enumerable.Empty<BrachyPlanSetup>(); }
        }

        /// <summary>Phases; the database holds none.</summary>
        public IEnumerable<TreatmentPhase> TreatmentPhases { get { Reading(); return Enumerable.Empty<TreatmentPhase>(); } }

        /// <summary>Not in the mock.</summary>
        public ExternalPlanSetup AddExternalPlanSetupAsVerificationPlan(
            StructureSet structureSet, ExternalPlanSetup verifiedPlan)
        {
            Writing();
            throw new NotSupportedException("not in the mock: AddExternalPlanSetupAsVerificationPlan");
        }

        /// <summary>Sessions; nobody is treated in the mock.</summary>
        public IEnumerable<TreatmentSession> TreatmentSessions
        {
            get { Reading(); return Enumerable.Empty<TreatmentSession>(); }
        }
    }
}
