using System;
using System.Collections.Generic;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    // Brachytherapy: nothing in the mock makes a plan of it. The types are there so that scripts that look for them compile.

    /// <summary>A plan of brachytherapy.</summary>
    public abstract class BrachyPlanSetup : PlanSetup
    {
        internal BrachyPlanSetup(PatientState patient, PlanState state) : base(patient, state)
        {
        }

        /// <summary>Kind of the applicator.</summary>
        public abstract string ApplicationSetupType { get; }

        /// <summary>Catheters.</summary>
        public abstract IEnumerable<Catheter> Catheters { get; }

        /// <summary>Pulses; null if it is not pulsed.</summary>
        public abstract int? NumberOfPdrPulses { get; }

        /// <summary>Time between pulses, seconds.</summary>
        public abstract double? PdrPulseInterval { get; }

        /// <summary>When it is given.</summary>
        public abstract DateTime? TreatmentDateTime { get; }

        /// <summary>Technique.</summary>
        public abstract string TreatmentTechnique { get; }
    }

    /// <summary>A catheter; lengths in mm.</summary>
    public abstract class Catheter : ApiDataObject
    {
        internal Catheter(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>Length of the applicator.</summary>
        public abstract double ApplicatorLength { get; }

        /// <summary>Channel.</summary>
        public abstract int ChannelNumber { get; }

        /// <summary>Length before the first source position.</summary>
        public abstract double DeadSpaceLength { get; }

        /// <summary>Points of its centre line, DICOM mm.</summary>
        public abstract VVector[] Shape { get; }

        /// <summary>Where the source stops.</summary>
        public abstract IEnumerable<SourcePosition> SourcePositions { get; }

        /// <summary>Distance of stops.</summary>
        public abstract double StepSize { get; }

        /// <summary>Afterloader.</summary>
        public abstract BrachyTreatmentUnit TreatmentUnit { get; }

        /// <summary>Distance of a stop from the tip.</summary>
        public abstract double GetSourcePosCenterDistanceFromTip(SourcePosition sourcePosition);

        /// <summary>Seconds of all stops.</summary>
        public abstract double GetTotalDwellTime();
    }

    /// <summary>A stop of the source.</summary>
    public abstract class SourcePosition : ApiDataObject
    {
        internal SourcePosition(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>Seconds.</summary>
        public abstract double DwellTime { get; }

        /// <summary>Place and direction, 4x4.</summary>
        public abstract double[,] Transform { get; }

        /// <summary>Place, DICOM mm.</summary>
        public abstract VVector Translation { get; }
    }

    /// <summary>An afterloader; lengths in mm.</summary>
    public abstract class BrachyTreatmentUnit : ApiDataObject
    {
        internal BrachyTreatmentUnit(PatientState patient, ObjectState state) : base(patient, state)
        {
        }

        /// <summary>High or pulsed dose rate.</summary>
        public abstract string DoseRateMode { get; }

        /// <summary>Resolution of times, seconds.</summary>
        public abstract double DwellTimeResolution { get; }

        /// <summary>Model.</summary>
        public abstract string MachineModel { get; }

        /// <summary>Longest time of a channel, seconds.</summary>
        public abstract double MaxDwellTimePerChannel { get; }

        /// <summary>Longest time of a stop, seconds.</summary>
        public abstract double MaxDwellTimePerPos { get; }

        /// <summary>Longest time of a treatment, seconds.</summary>
        public abstract double MaxDwellTimePerTreatment { get; }

        /// <summary>Number of channels.</summary>
        public abstract int NumberOfChannels { get; }
    }
}
