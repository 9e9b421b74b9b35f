using System.Collections;
using System.Collections.Generic;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.Types;

namespace VMS.TPS.Common.Model.API
{
    // Proton plans: nothing in the mock makes one. The types are there so that scripts that look for them compile.

    /// <summary>A plan of protons.</summary>
    public abstract class IonPlanSetup : PlanSetup
    {
        internal IonPlanSetup(PatientState patient, PlanState state) : base(patient, state)
        {
        }

        /// <summary>Its beams, set-up fields not among them.</summary>
        public abstract IEnumerable<IonBeam> IonBeams { get; }

        /// <summary>The evaluation dose.</summary>
        public abstract EvaluationDose DoseAsEvaluationDose { get; }

        /// <summary>Whether spots are to be processed.</summary>
        public abstract bool IsPostProcessingNeeded { get; set; }

        /// <summary>Calculates the dose.</summary>
        public abstract CalculationResult CalculateDose();

        /// <summary>Calculates the dose of raw spots.</summary>
        public abstract CalculationResult CalculateDoseWithoutPostProcessing();

        /// <summary>Processes spots and calculates the dose.</summary>
        public abstract CalculationResult PostProcessAndCalculateDose();

        /// <summary>Makes an evaluation dose.</summary>
        public abstract EvaluationDose CreateEvaluationDose();

        /// <summary>Copies a dose.</summary>
        public abstract EvaluationDose CopyEvaluationDose(Dose existing);

        /// <summary>Installed models.</summary>
        public abstract IEnumerable<string> GetModelsForCalculationType(CalculationType calculationType);
    }

    /// <summary>A beam of protons; lengths in mm.</summary>
    public abstract class IonBeam : Beam
    {
        internal IonBeam(PatientState patient, PlanState plan, BeamState beam) : base(patient, plan, beam)
        {
        }

        /// <summary>Distance of snout and skin.</summary>
        public abstract double AirGap { get; }

        /// <summary>Margin behind the target.</summary>
        public abstract double DistalTargetMargin { get; }

        /// <summary>Margin before the target.</summary>
        public abstract double ProximalTargetMargin { get; }

        /// <summary>Margins beside the target.</summary>
        public abstract VRect<double> LateralMargins { get; }

        /// <summary>Control points.</summary>
        public abstract IonControlPointCollection IonControlPoints { get; }

        /// <summary>Range in water.</summary>
        public abstract double NominalRange { get; }

        /// <summary>Width of the spread-out peak.</summary>
        public abstract double NominalSOBPWidth { get; }

        /// <summary>Option of the machine.</summary>
        public abstract string OptionId { get; }

        /// <summary>What carries the patient.</summary>
        public abstract string PatientSupportId { get; }

        /// <summary>Its kind.</summary>
        public abstract PatientSupportType PatientSupportType { get; }

        /// <summary>How the beam is spread.</summary>
        public abstract IonBeamScanMode ScanMode { get; }

        /// <summary>Snout.</summary>
        public abstract string SnoutId { get; }

        /// <summary>Target.</summary>
        public abstract Structure TargetStructure { get; }

        /// <summary>Distance of the source along X.</summary>
        public abstract double VirtualSADX { get; }

        /// <summary>Distance of the source along Y.</summary>
        public abstract double VirtualSADY { get; }

        /// <summary>Range shifters.</summary>
        public abstract IEnumerable<RangeShifter> RangeShifters { get; }

        /// <summary>What may be edited.</summary>
        public new abstract IonBeamParameters GetEditableParameters();
    }

    /// <summary>A range shifter.</summary>
    public abstract class RangeShifter : AddOn
    {
        internal RangeShifter(PatientState patient, ObjectState state) : base(patient, state)
        {
        }
    }

    /// <summary>What may be edited of a beam of protons.</summary>
    public abstract class IonBeamParameters
    {
        internal IonBeamParameters()
        {
        }

        /// <summary>Control points.</summary>
        public abstract IEnumerable<IonControlPointParameters> ControlPoints { get; }

        /// <summary>Control points, start and end of a layer together.</summary>
        public abstract IonControlPointPairCollection IonControlPointPairs { get; }
    }

    /// <summary>A control point of protons.</summary>
    public abstract class IonControlPoint
    {
        internal IonControlPoint()
        {
        }

        /// <summary>Energy, MeV.</summary>
        public abstract double NominalBeamEnergy { get; }

        /// <summary>Gantry angle, degrees.</summary>
        public abstract double GantryAngle { get; }

        /// <summary>Cumulative meterset weight.</summary>
        public abstract double MetersetWeight { get; }

        /// <summary>Number within the beam.</summary>
        public abstract int Index { get; }

        /// <summary>Number of paintings.</summary>
        public abstract int NumberOfPaintings { get; }

        /// <summary>Spots to be delivered.</summary>
        public abstract IonSpotCollection FinalSpotList { get; }

        /// <summary>Spots before they are processed.</summary>
        public abstract IonSpotCollection RawSpotList { get; }

        /// <summary>Size of a spot along X, mm.</summary>
        public abstract double ScanningSpotSizeX { get; }

        /// <summary>Size of a spot along Y, mm.</summary>
        public abstract double ScanningSpotSizeY { get; }

        /// <summary>Tune of the machine.</summary>
        public abstract string ScanSpotTuneId { get; }

        /// <summary>Distance of snout and isocentre, mm.</summary>
        public abstract double SnoutPosition { get; }
    }

    /// <summary>Start and end of a layer.</summary>
    public abstract class IonControlPointPair
    {
        internal IonControlPointPair()
        {
        }

        /// <summary>Start.</summary>
        public abstract IonControlPointParameters StartControlPoint { get; }

        /// <summary>End.</summary>
        public abstract IonControlPointParameters EndControlPoint { get; }

        /// <summary>Index of the start.</summary>
        public abstract int StartIndex { get; }

        /// <summary>Energy, MeV.</summary>
        public abstract double NominalBeamEnergy { get; }

        /// <summary>Spots to be delivered.</summary>
        public abstract IonSpotParametersCollection FinalSpotList { get; }

        /// <summary>Spots before they are processed.</summary>
        public abstract IonSpotParametersCollection RawSpotList { get; }

        /// <summary>Makes room for spots.</summary>
        public abstract void ResizeFinalSpotList(int count);

        /// <summary>Makes room for spots.</summary>
        public abstract void ResizeRawSpotList(int count);
    }

    /// <summary>What may be edited of a control point.</summary>
    public abstract class IonControlPointParameters
    {
        internal IonControlPointParameters()
        {
        }

        /// <summary>Gantry angle, degrees.</summary>
        public abstract double GantryAngle { get; set; }

        /// <summary>Cumulative meterset weight.</summary>
        public abstract double MetersetWeight { get; set; }

        /// <summary>Number within the beam.</summary>
        public abstract int Index { get; }

        /// <summary>Spots to be delivered.</summary>
        public abstract IonSpotParametersCollection FinalSpotList { get; }

        /// <summary>Spots before they are processed.</summary>
        public abstract IonSpotParametersCollection RawSpotList { get; }
    }

    /// <summary>A spot.</summary>
    public abstract class IonSpot : SerializableObject
    {
        internal IonSpot()
        {
        }

        /// <summary>Place, mm.</summary>
        public abstract VVector Position { get; }

        /// <summary>Weight.</summary>
        public abstract float Weight { get; }
    }

    /// <summary>A spot that may be edited.</summary>
    public abstract class IonSpotParameters : SerializableObject
    {
        internal IonSpotParameters()
        {
        }

        /// <summary>Place along X, mm.</summary>
        public abstract float X { get; set; }

        /// <summary>Place along Y, mm.</summary>
        public abstract float Y { get; set; }

        /// <summary>Weight.</summary>
        public abstract float Weight { get; set; }
    }

    /// <summary>Several of <see cref="IonControlPoint"/>.</summary>
    public abstract class IonControlPointCollection : SerializableObject, IEnumerable<IonControlPoint>
    {
        internal IonControlPointCollection()
        {
        }

        /// <summary>How many.</summary>
        public abstract int Count { get; }

        /// <summary>One by its index.</summary>
        public abstract IonControlPoint this[int index] { get; }

        /// <summary>In order.</summary>
        public abstract IEnumerator<IonControlPoint> GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }
    }

    /// <summary>Several of <see cref="IonControlPointPair"/>.</summary>
    public abstract class IonControlPointPairCollection : SerializableObject, IEnumerable<IonControlPointPair>
    {
        internal IonControlPointPairCollection()
        {
        }

        /// <summary>How many.</summary>
        public abstract int Count { get; }

        /// <summary>One by its index.</summary>
        public abstract IonControlPointPair this[int index] { get; }

        /// <summary>In order.</summary>
        public abstract IEnumerator<IonControlPointPair> GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }
    }

    /// <summary>Several of <see cref="IonSpot"/>.</summary>
    public abstract class IonSpotCollection : SerializableObject, IEnumerable<IonSpot>
    {
        internal IonSpotCollection()
        {
        }

        /// <summary>How many.</summary>
        public abstract int Count { get; }

        /// <summary>One by its index.</summary>
        public abstract IonSpot this[int index] { get; }

        /// <summary>In order.</summary>
        public abstract IEnumerator<IonSpot> GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }
    }

    /// <summary>Several of <see cref="IonSpotParameters"/>.</summary>
    public abstract class IonSpotParametersCollection : SerializableObject, IEnumerable<IonSpotParameters>
    {
        internal IonSpotParametersCollection()
        {
        }

        /// <summary>How many.</summary>
        public abstract int Count { get; }

        /// <summary>One by its index.</summary>
        public abstract IonSpotParameters this[int index] { get; }

        /// <summary>In order.</summary>
        public abstract IEnumerator<IonSpotParameters> GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator()
        {
            return GetEnumerator();
        }
    }
}
