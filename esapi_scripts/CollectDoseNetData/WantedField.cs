using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>A field that a collection is to have.</summary>
    public abstract class WantedField
    {
        /// <summary>Makes it.</summary>
        protected WantedField(string name, string origin, int? plan)
        {
            Name = name;
            Origin = origin;
            Plan = plan;
        }

        /// <summary>Name of its folder.</summary>
        public string Name { get; private set; }

        /// <summary>"random" or "own plan".</summary>
        public string Origin { get; private set; }

        /// <summary>Number of the patient's own plan that it is of; null for none.</summary>
        public int? Plan { get; private set; }

        /// <summary>Adds a plan that has this field only.</summary>
        /// <param name="course">The course; it knows of the plan, and removes it if this fails half-way.</param>
        public abstract ExternalPlanSetup Make(ResearchCourse course);

        /// <summary>Monitor units that its dose is stated for.</summary>
        /// <exception cref="RefusedException">It has none.</exception>
        public abstract double MetersetMu();
    }
}
